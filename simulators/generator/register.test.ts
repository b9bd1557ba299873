import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { silent } from '#platform/testing.ts'
import { catalogueOf } from './catalogue.ts'
import { createGateway } from './gateway.ts'
import { readOrderLog } from './log.ts'
import { register } from './register.ts'

type Call = { request: string; key: string | undefined; body: string }

/** Any server that answers by HTTP will do: the gateway itself is out of a simulator's reach. */
async function withServer(
  answer: (call: Call, nth: number) => { status: number; text?: string },
  use: (url: string, calls: Call[]) => Promise<void>,
): Promise<void> {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('')
    const key = request.headers['idempotency-key']?.toString()
    const call = { request: `${request.method} ${request.url}`, key, body }
    calls.push(call)
    const { status, text } = answer(call, calls.length)
    response.writeHead(status).end(text ?? '{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await use(`http://127.0.0.1:${port}`, calls).finally(() => {
    server.closeAllConnections()
    server.close()
  })
}

const catalogue = catalogueOf(await readOrderLog('data/online-retail-2010-12-01.csv'))
const ok = () => ({ status: 200 })

test('everything the log names is registered, and a second run asks for exactly the same', async () => {
  await withServer(ok, async (url, calls) => {
    const gateway = createGateway({ url, logger: silent })
    const seen: string[] = []
    await register(catalogue, gateway, (done, of) => seen.push(`${done}/${of}`))
    const first = calls.splice(0)
    await register(catalogue, gateway, () => {})
    const sorted = (list: Call[]) => list.map((call) => JSON.stringify(call)).toSorted()
    assert.deepEqual(sorted(calls), sorted(first))

    const products = first.filter(({ request }) => request === 'PUT /v1/products')
    const named = products.flatMap(({ body }) => JSON.parse(body).products)
    assert.equal(products.length, Math.ceil(catalogue.products.length / 500))
    assert.equal(named.length, catalogue.products.length)
    assert.equal(first.filter(({ request }) => request === 'POST /v1/accounts').length, 97)
    const topUps = first.filter(({ request }) => request.endsWith('/top-ups'))
    assert.equal(topUps.length, 96)
    assert.equal(new Set(topUps.map(({ key }) => key)).size, 96)
    assert.equal(seen.at(-1), `${seen.length}/${seen.length}`)
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
      const gateway = createGateway({ url, logger: silent })
      const answer = await gateway.call({
        method: 'POST',
        path: '/v1/accounts',
        body: {},
        idempotencyKey: 'k',
      })
      assert.equal(answer.status, 200)
      assert.equal(calls.length, 3)
    },
  )
})

test('a refusal is thrown with what the gateway said', async () => {
  await withServer(
    () => ({ status: 422, text: '{"detail":"no such currency"}' }),
    async (url) => {
      const gateway = createGateway({ url, logger: silent })
      await assert.rejects(
        gateway.call({ method: 'PUT', path: '/v1/products', body: {} }),
        /422.*no such currency/,
      )
    },
  )
})
