import { expect, test } from '@jest/globals'
import { type Call, type Reply, tokens, withServer } from '#clients/rest/fixtures.ts'
import { createSession, type Session, withToken } from '#clients/rest/session.ts'
import { silent } from '#platform/testing/fixtures.ts'
import { readOrderLog } from '../log/log.ts'
import { catalogueOf, demoUsers } from '../plan/catalogue.ts'
import { createGateway } from './gateway.ts'
import { register } from './register.ts'

const catalogue = catalogueOf(await readOrderLog('data/online-retail-2010-12-01.csv'))
const users = demoUsers(catalogue, 'secret')
const gatewayAt = (url: string, session: Session = withToken('mine')) =>
  createGateway({ url, session, logger: silent })
/** Nobody is known, or everybody with such entries. */
const shop =
  (books?: { entries: unknown[] }) =>
  ({ request }: Call): Reply => {
    if (!request.endsWith('/entries?limit=1')) return { status: 200, text: '{"added":2,"changed":0}' }
    return books ? { status: 200, text: JSON.stringify(books) } : { status: 404 }
  }
const put = { method: 'PUT', path: '/v1/products', body: {} } as const

test('everything the log names is registered, and a second run asks for exactly the same', async () => {
  await withServer(shop(), async (url, calls) => {
    const seen: string[] = []
    const registered = await register(catalogue, users, gatewayAt(url), (done, of) =>
      seen.push(`${done}/${of}`),
    )
    const first = calls.splice(0)
    await register(catalogue, users, gatewayAt(url), () => {})
    const sorted = (list: Call[]) => list.map((call) => JSON.stringify(call)).toSorted()
    expect(sorted(calls)).toStrictEqual(sorted(first))

    const products = first.filter(({ request }) => request === 'PUT /v1/products')
    const named = products.flatMap(({ body }) => JSON.parse(body).products)
    expect(products.length).toBe(Math.ceil(catalogue.products.length / 100))
    expect(named.length).toBe(catalogue.products.length)
    expect(first.filter(({ request }) => request === 'POST /v1/accounts').length).toBe(97)
    const topUps = first.filter(({ request }) => request.endsWith('/top-ups'))
    expect(topUps.length).toBe(96)
    expect(new Set(topUps.map(({ key }) => key)).size).toBe(96)
    expect(seen.at(-1)).toBe(`${seen.length}/${seen.length}`)
    expect(JSON.parse(first.find(({ request }) => request === 'PUT /v1/users')?.body ?? '')).toStrictEqual({
      users,
      existing: 'keep',
    })
    expect(products.every(({ body }) => JSON.parse(body).existing === 'keep')).toBeTruthy()
    expect(registered).toStrictEqual({
      products: { all: named.length, added: 2 * products.length },
      customers: { all: 97, added: 2 },
      users: { all: 5, added: 2 },
      accounts: 97,
    })
  })
})

test('an account that has seen money is left as it is', async () => {
  await withServer(shop({ entries: [{ transferId: 't1' }] }), async (url, calls) => {
    await register(catalogue, [], gatewayAt(url), () => {})
    expect(calls.every(({ request }) => !request.startsWith('POST /v1/accounts'))).toBeTruthy()
  })
})

test('a gateway that is away, or busy with the same request, is asked again', async () => {
  const answers = [
    { status: 503 },
    { status: 409, text: '{"type":"/problems/already-running"}' },
    { status: 200 },
  ]
  await withServer(
    (_, nth) => answers[nth - 1] ?? { status: 500 },
    async (url, calls) => {
      const answer = await gatewayAt(url).call({ ...put, method: 'POST', idempotencyKey: 'k' })
      expect(answer.status).toBe(200)
      expect(calls.map(({ token, key }) => [token, key])).toStrictEqual(
        Array.from({ length: 3 }, () => ['mine', 'k']),
      )
    },
  )
})

test('requests count as failed once the gateway was reached, not while it comes up', async () => {
  const statuses = [503, 200, 500, 200]
  await withServer(
    (_, nth): Reply => ({ status: statuses[nth - 1] ?? 200 }),
    async (url) => {
      const gateway = gatewayAt(url)
      await gateway.call(put)
      expect(gateway.failedRequests).toBe(0)
      await gateway.call(put)
      expect(gateway.failedRequests).toBe(1)
    },
  )
})

test('a refusal is thrown with what the gateway said, or is an answer to who asks for it', async () => {
  await withServer(
    () => ({ status: 422, text: '{"detail":"no such currency"}' }),
    async (url) => {
      await expect(gatewayAt(url).call(put)).rejects.toThrow(/422.*no such currency/)
      expect((await gatewayAt(url).ask(put)).status).toBe(422)
    },
  )
})

test('who may not sign in is not tried for ever', async () => {
  const ann = { userName: 'ann', password: 'wrong' }
  await withServer(
    () => ({ status: 401 }),
    async (url, calls) => {
      const session = createSession(ann, { url, mayTake: 5_000, patience: 0 })
      await expect(gatewayAt(url, session).call(put)).rejects.toThrow(
        /ann cannot sign in: .* GATEWAY_PASSWORD/,
      )
      expect(calls.length).toBe(1)
    },
  )
})

test('a sign-in that ends in the midst is renewed', async () => {
  const giveToken = tokens()
  const old = (token: string | undefined) => token !== 't2'
  await withServer(
    (call) => giveToken(call) ?? { status: old(call.token) ? 401 : 200 },
    async (url) => {
      const session = createSession(
        { userName: 'ann', password: 'secret' },
        { url, mayTake: 5_000, patience: 0 },
      )
      expect((await gatewayAt(url, session).call(put)).status).toBe(200)
    },
  )
})
