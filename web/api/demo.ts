import { queryOptions } from '@tanstack/react-query'
import type { Role } from '#contracts/actor.ts'
import { ask } from './http.ts'
import { startSession } from './session.ts'

export type Demo = {
  on: boolean
  staff: boolean
  customers: { customerId: string; name: string; city: string; country: string }[]
}

type Token = { accessToken: string; expiresIn: number; role: Role; id: string }

export const demoQuery = queryOptions({
  queryKey: ['demo'],
  queryFn: ({ signal }) => ask<Demo>('/v1/demo', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

export type SignIn = { userName: string; password: string }
export type DemoSignIn = { as: 'customer'; customerId: string } | { as: 'staff' }

export const signIn = (as: SignIn | DemoSignIn): Promise<void> =>
  ask<Token>('as' in as ? '/v1/demo/sign-in' : '/v1/auth/token', { method: 'POST', body: as }).then(
    ({ accessToken, expiresIn, role, id }) =>
      startSession({ token: accessToken, role, id, expiresAt: Date.now() + expiresIn * 1_000 }),
  )
