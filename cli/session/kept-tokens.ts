import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { roles } from '#contracts/actor.ts'
import { reasonOf } from '#platform/process/logger.ts'
import { Failure } from '../text/failure.ts'

const KeptToken = z.object({
  userName: z.string(),
  role: z.enum(roles),
  id: z.string(),
  accessToken: z.string(),
  /** In ms since 1970. */
  endsAt: z.number(),
})
export type KeptToken = z.infer<typeof KeptToken>

/** By the gateway's URL: no other gateway is shown the token. */
const Tokens = z.record(z.string(), KeptToken)
type Tokens = z.infer<typeof Tokens>

/** What `order-saga login` got, in a file that its owner alone can read. */
export type KeptTokens = ReturnType<typeof openKeptTokens>

export function openKeptTokens(env: NodeJS.ProcessEnv) {
  const path = join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'order-saga', 'tokens.json')
  return {
    path,
    of: (url: string): KeptToken | undefined => read(path)[originOf(url)],
    keep: (url: string, token: KeptToken): void => write(path, { ...read(path), [originOf(url)]: token }),
    /** Undefined when there was none. */
    forget: (url: string): KeptToken | undefined => {
      const { [originOf(url)]: token, ...others } = read(path)
      if (token) write(path, others)
      return token
    },
  }
}

function read(path: string): Tokens {
  if (!existsSync(path)) return {}
  try {
    return Tokens.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const message = `${path} is not what "order-saga login" writes: ${reasonOf(error)}; delete it, and log in again`
    throw new Failure('usage', message, { cause: error })
  }
}

/** Another command never reads half a file, and a file that others could read is replaced. */
function write(path: string, tokens: Tokens): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}`
  try {
    writeFileSync(draft, JSON.stringify(tokens, null, 2), { mode: 0o600 })
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}

const originOf = (url: string): string => new URL(url).origin
