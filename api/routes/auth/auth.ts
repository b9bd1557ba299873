import { Code, ConnectError } from '@connectrpc/connect'
import type { Call, Clients } from '#api/clients.ts'
import { unauthenticated } from '#api/http/auth.ts'
import { tooManyRequests } from '#api/http/guard.ts'
import type { SignInLimiter } from '#api/http/limits.ts'
import { refuse } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import { CallerView, KeySet, SignIn, TokenView } from '#contracts/rest/users.ts'
import type { TokenSigner } from '#platform/auth/tokens.ts'
import { exampleToken, tokenFor } from './token.ts'

const ada = { role: 'customer' as const, id: '17850' }

type Dependencies = Pick<Clients, 'users'> & { signer: TokenSigner; signIns: SignInLimiter }

export function authRoutes({ users, signer, signIns }: Dependencies): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/auth/token',
      name: 'signIn',
      access: 'public',
      tag: 'auth',
      summary: 'Sign in: a token for a user name and password',
      description: 'After ten failures in a minute a user name, known or not, has to wait.',
      body: SignIn,
      example: { userName: 'ada', password: 'correct horse battery staple' },
      answers: { 200: { description: 'The token', schema: TokenView, example: exampleToken } },
      refusals: ['unauthenticated', 'forbidden', 'unavailable'],
    }).handledBy(async ({ body, address, call }) => {
      const attempt = await signIns.attempt({ userName: body.userName, address }, () => signIn(body, call))
      if ('retryIn' in attempt) return tooManyRequests(attempt.retryIn)
      const { answer: known } = attempt
      if (!known) return unauthenticated('The user name or the password is wrong.')
      if (known === 'disabled') return refuse('forbidden', 'This user is disabled. Staff can enable it.')
      return { status: 200, body: await tokenFor(signer, known) }
    }),

    route({
      method: 'get',
      path: '/v1/auth/me',
      name: 'whoAmI',
      access: 'caller',
      tag: 'auth',
      summary: 'Who the token says that you are',
      answers: { 200: { description: 'You', schema: CallerView, example: ada } },
    }).handledBy(async ({ caller: { role, id } }) => ({ status: 200, body: { role, id } })),

    route({
      method: 'get',
      path: '/.well-known/jwks.json',
      name: 'publicKeys',
      access: 'public',
      tag: 'auth',
      summary: 'What tokens of this gateway are checked by',
      answers: { 200: { description: 'The public keys', schema: KeySet, example: { keys: [exampleKey] } } },
    }).handledBy(async () => ({
      status: 200,
      headers: { 'Cache-Control': 'public, max-age=300' },
      body: KeySet.parse(signer.publicKeys()),
    })),
  ]

  /** Undefined: the name or the password is wrong. `disabled`: both are right. */
  async function signIn(body: SignIn, call: Call) {
    try {
      const signedIn = await users.signIn(body, call)
      return { ...CallerView.parse(signedIn), userName: signedIn.userName }
    } catch (error) {
      if (error instanceof ConnectError && error.code === Code.PermissionDenied) return 'disabled' as const
      if (error instanceof ConnectError && error.code === Code.Unauthenticated) return undefined
      throw error
    }
  }
}

const exampleKey = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  alg: 'EdDSA',
  use: 'sig',
}
