import { queryOptions } from '@tanstack/react-query'
import type { Role } from '#contracts/actor.ts'
import type { Demo, DemoSignIn } from '#contracts/rest/demo.ts'
import type { SignIn } from '#contracts/rest/users.ts'
import { ask } from './http.ts'
import { startSession } from './session.ts'

type Token = { accessToken: string; expiresIn: number; role: Role; id: string }

export const demoQuery = queryOptions({
  queryKey: ['demo'],
  queryFn: ({ signal }) => ask<Demo>('/v1/demo', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

export const signIn = (as: SignIn | DemoSignIn): Promise<void> =>
  ask<Token>('as' in as ? '/v1/demo/sign-in' : '/v1/auth/token', { method: 'POST', body: as }).then(
    ({ accessToken, expiresIn, role, id }) =>
      startSession({ token: accessToken, role, id, expiresAt: Date.now() + expiresIn * 1_000 }),
  )
