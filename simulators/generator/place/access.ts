import { z } from 'zod'
import { createSession, nobody, type Session } from '#clients/rest/session.ts'
import { readConfig } from '#platform/process/config.ts'

const Access = z.object({
  GATEWAY_USER: z.string().optional(),
  GATEWAY_PASSWORD: z.string().optional(),
  DEMO_PASSWORD: z.string().optional(),
})

/** As whom the generator signs in, and the password of the demo users that it makes; secrets are no options. */
export function accessOf(
  env: NodeJS.ProcessEnv,
  { gatewayUrl: url, signal }: { gatewayUrl: string; signal: AbortSignal },
): { session: Session; demoPassword?: string } {
  const { GATEWAY_USER: userName, GATEWAY_PASSWORD: password, DEMO_PASSWORD } = readConfig(Access, env)
  const asking = { url, mayTake: 15_000, patience: Number.POSITIVE_INFINITY, signal }
  return {
    session: userName && password ? createSession({ userName, password }, asking) : nobody,
    ...(DEMO_PASSWORD !== undefined && { demoPassword: DEMO_PASSWORD }),
  }
}
