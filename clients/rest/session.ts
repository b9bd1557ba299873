import { z } from 'zod'
import { roles } from '#contracts/actor.ts'
import { type Asking, askPatiently, jsonOf } from './ask.ts'

/** Whose token the requests carry. */
export type Session = {
  /** Good for a while yet. Undefined: nobody is signed in. Throws `SignInRefused`, or why there was no answer. */
  token(): Promise<string | undefined>
  /** The gateway did not take this token. False when there is no other to be had. */
  renew(refused: string): boolean
}

export type Credentials = { userName: string; password: string }

const TokenAnswer = z.object({
  accessToken: z.string(),
  /** Seconds. */
  expiresIn: z.number(),
  role: z.enum(roles),
  id: z.string(),
})

/** `endsAt` in ms since 1970. */
export type Token = Omit<z.infer<typeof TokenAnswer>, 'expiresIn'> & { endsAt: number }

/** The gateway answered, but with no token. */
export class SignInRefused extends Error {
  override name = 'SignInRefused'
  readonly status: number
  readonly text: string

  constructor(userName: string, status: number, text: string) {
    const why = status === 401 ? 'the user name or the password is wrong' : `${status} ${text.slice(0, 500)}`
    super(`${userName} cannot sign in: ${why}`)
    this.status = status
    this.text = text
  }
}

type SignInOptions = Asking & { now?: () => number }

/** Throws `SignInRefused`, or what stood in the way of an answer. */
export async function signIn(credentials: Credentials, options: SignInOptions): Promise<Token> {
  const { now = Date.now } = options
  const request = { method: 'POST', path: '/v1/auth/token', body: credentials } as const
  const asked = now()
  const answer = await askPatiently(request, options)
  const text = await answer.text()
  const given = TokenAnswer.safeParse(jsonOf(text)).data
  if (!answer.ok || !given) throw new SignInRefused(credentials.userName, answer.status, text)
  const { expiresIn, ...token } = given
  return { ...token, endsAt: asked + expiresIn * 1_000 }
}

export const nobody: Session = { token: async () => undefined, renew: () => false }

/** Somebody else made the token; there is no other. */
export const withToken = (token: string): Session => ({ token: async () => token, renew: () => false })

/** Signs in when a token is first needed, and again before it ends. */
export function createSession(credentials: Credentials, options: SignInOptions): Session {
  const { now = Date.now } = options
  let current: Promise<Token> | undefined
  let held: { token: Token; renewAt: number } | undefined

  const fresh = async (): Promise<Token> => {
    const began = now()
    const token = await signIn(credentials, options)
    // A tenth of its life before the end, so that no request is under way with a token that ends.
    held = { token, renewAt: token.endsAt - (token.endsAt - began) / 10 }
    return token
  }

  return {
    async token() {
      if (held && now() < held.renewAt) return held.token.accessToken
      // Whoever asks meanwhile waits for the same sign-in.
      current ??= fresh().finally(() => (current = undefined))
      return (await current).accessToken
    },
    renew(refused) {
      if (held?.token.accessToken === refused) held = undefined
      return true
    },
  }
}
