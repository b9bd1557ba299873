import { expect, test } from '@jest/globals'
import { ensure, satisfying } from '#platform/testing/expect.ts'
import { type Call, type Reply, tokens, withServer } from './fixtures.ts'
import { createRest } from './rest.ts'
import { createSession, nobody, SignInRefused, withToken } from './session.ts'

const ann = { userName: 'ann', password: 'secret' }
const asking = (url: string) => ({ url, mayTake: 5_000, patience: 60_000 })
const look = { method: 'GET', path: '/v1/orders' } as const
const seen = (calls: Call[]) => calls.map(({ request, token }) => [request.split(' ')[1], token])

/** Signs in as ann, at a gateway that gives tokens and otherwise answers by `answer`. */
async function asAnn(
  answer: (call: Call, nth: number) => Reply,
  use: (rest: ReturnType<typeof createRest>, calls: Call[], clock: { now: number }) => Promise<void>,
) {
  const giveToken = tokens(100)
  await withServer(
    (call, nth) => giveToken(call) ?? answer(call, nth),
    async (url, calls) => {
      const clock = { now: 0 }
      const session = createSession(ann, { ...asking(url), now: () => clock.now })
      await use(createRest({ ...asking(url), session }), calls, clock)
    },
  )
}

test('signs in once for many requests, and again before the token ends', async () => {
  await asAnn(
    () => ({ status: 200 }),
    async (rest, calls, clock) => {
      await Promise.all([rest(look), rest(look)])
      expect(JSON.parse(calls[0]?.body ?? '')).toStrictEqual(ann)
      clock.now = 89_000
      await rest(look)
      clock.now = 91_000
      await rest(look)
      expect(seen(calls)).toStrictEqual([
        ['/v1/auth/token', undefined],
        ['/v1/orders', 't1'],
        ['/v1/orders', 't1'],
        ['/v1/orders', 't1'],
        ['/v1/auth/token', undefined],
        ['/v1/orders', 't2'],
      ])
    },
  )
})

test('renews a token that the gateway no longer takes, once', async () => {
  await asAnn(
    ({ token }) => ({ status: token === 't2' ? 200 : 401 }),
    async (rest, calls) => {
      expect((await rest(look)).status).toBe(200)
      expect(calls.map(({ token }) => token)).toStrictEqual([undefined, 't1', undefined, 't2'])
    },
  )
  await asAnn(
    () => ({ status: 401 }),
    async (rest) => expect((await rest(look)).status).toBe(401),
  )
})

test('a password that is wrong is a refusal that names the user, not the password', async () => {
  await withServer(
    () => ({ status: 401 }),
    async (url) => {
      const session = createSession(ann, asking(url))
      await expect(createRest({ ...asking(url), session })(look)).rejects.toThrow(
        satisfying((error) => {
          ensure(error instanceof SignInRefused)
          expect(error.message).toBe('ann cannot sign in: the user name or the password is wrong')
          return true
        }),
      )
    },
  )
})

test('a gateway with too many requests is asked again when it says', async () => {
  const busy = { status: 429, headers: { 'retry-after': '1' } }
  await withServer(
    (_, nth) => (nth === 1 ? busy : { status: 200 }),
    async (url, calls) => {
      const began = Date.now()
      const rest = createRest({ ...asking(url), session: withToken('mine') })
      expect((await rest(look)).status).toBe(200)
      expect(Date.now() - began).toBeGreaterThanOrEqual(900)
      expect(calls[1]?.token).toBe('mine')
    },
  )
})

test('whoever has not the patience hears of it', async () => {
  await withServer(
    () => ({ status: 429, headers: { 'retry-after': '60' } }),
    async (url, calls) => {
      const rest = createRest({ ...asking(url), patience: 10_000, session: nobody })
      expect((await rest(look)).status).toBe(429)
      expect(seen(calls)).toStrictEqual([['/v1/orders', undefined]])
    },
  )
})

test('what stands in the way of an answer is said, not that a fetch failed', async () => {
  let gone = ''
  await withServer(
    () => ({ status: 200 }),
    async (url) => void (gone = url),
  )
  await expect(createRest({ ...asking(gone), session: nobody })(look)).rejects.toThrow(/ECONNREFUSED/)
})
