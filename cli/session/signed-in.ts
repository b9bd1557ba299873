import { createSession, nobody, type Session, withToken } from '#clients/rest/session.ts'
import { callerOfClaims } from '#contracts/actor.ts'
import { isStackGateway } from './addresses.ts'
import type { KeptTokens } from './kept-tokens.ts'
import { asking } from './patience.ts'

/** As whom a command asks the gateway. */
export type SignedIn = {
  session: Session
  /** What to do when the gateway does not take the token, or wants one. */
  advice: string
}

type Sources = {
  url: string
  /** The user's own environment. */
  own: NodeJS.ProcessEnv
  /** What the running stack wrote down. */
  stack: Record<string, string>
  kept: KeptTokens
}

/** The first that is there: ORDER_SAGA_TOKEN, the environment's GATEWAY_USER, what `login` kept, the stack's own user. */
export function signedInBy({ url, own, stack, kept }: Sources): SignedIn {
  return (
    withTokenOf(own.ORDER_SAGA_TOKEN) ??
    withPasswordOf(own, url) ??
    withKept(kept, url) ??
    (isStackGateway(url, stack) ? withPasswordOf(stack, url) : undefined) ?? {
      session: nobody,
      advice: `${who(url, stack)}: run "order-saga login", or set ORDER_SAGA_TOKEN`,
    }
  )
}

const who = (url: string, stack: Record<string, string>) =>
  stack.GATEWAY_PASSWORD && !isStackGateway(url, stack)
    ? `you are not signed in at ${new URL(url).origin}, and the password of the running "npm start" is for its own gateway alone`
    : 'you are not signed in'

const withTokenOf = (token: string | undefined): SignedIn | undefined =>
  token
    ? {
        session: withToken(token),
        advice: 'the gateway does not take ORDER_SAGA_TOKEN: it has ended, or another gateway made it',
      }
    : undefined

function withPasswordOf(env: NodeJS.ProcessEnv | Record<string, string>, url: string): SignedIn | undefined {
  const { GATEWAY_USER: userName, GATEWAY_PASSWORD: password } = env
  if (!userName || !password) return undefined
  return {
    session: createSession({ userName, password }, asking(url)),
    advice: `the gateway does not take the token that it gave ${userName}`,
  }
}

function withKept(kept: KeptTokens, url: string): SignedIn | undefined {
  const token = kept.of(url)
  return (
    token && {
      session: withToken(token.accessToken),
      advice: `your sign-in as ${token.userName} has ended: run "order-saga login ${token.userName}"`,
    }
  )
}

/** Such as "customer 17850": what the token says, which the gateway has checked. */
export async function whoIs({ session }: SignedIn): Promise<string> {
  const token = await session.token()
  // Loaded late: few commands need it.
  const { decodeJwt } = await import('jose')
  const caller = token === undefined ? undefined : callerOfClaims(decodeJwt(token))
  return caller ? `${caller.role} ${caller.id}` : 'nobody'
}
