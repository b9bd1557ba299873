import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it } from 'node:test'
import { createTokenSigner } from '#platform/auth/tokens.ts'
import { closeRpcTransports } from '#platform/grpc/rpc.ts'
import { readConfig } from '#platform/process/config.ts'
import { silent } from '#platform/testing/fixtures.ts'
import { GatewayConfig, startGateway } from './gateway.ts'

const privateKeyPem = generateKeyPairSync('ed25519').privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string

/** Nobody listens on port 1. */
const nobody = {
  GATEWAY_PORT: '0',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  REDIS_URL: 'redis://127.0.0.1:1',
  ORDER_RPC_URL: 'http://127.0.0.1:1',
  INVENTORY_RPC_URL: 'http://127.0.0.1:1',
  PAYMENT_RPC_URL: 'http://127.0.0.1:1',
  CUSTOMER_RPC_URL: 'http://127.0.0.1:1',
  NOTIFICATION_RPC_URL: 'http://127.0.0.1:1',
  TOKEN_PRIVATE_KEY: privateKeyPem.replaceAll('\n', '\\n'),
}

type Dependency = { name: string; state: string; required: boolean }

it('listens before its servers are up, says that it is not ready, and refuses with 503 in time', async () => {
  const gateway = await startGateway({ logger: silent }, readConfig(GatewayConfig, nobody))
  try {
    const url = `http://127.0.0.1:${gateway.port}`
    assert.equal((await fetch(`${url}/health`)).status, 200)
    const ready = await fetch(`${url}/ready`)
    assert.equal(ready.status, 503)
    const { dependencies } = (await ready.json()) as { dependencies: Dependency[] }
    assert.deepEqual(new Set(dependencies.map(({ state }) => state)), new Set(['down']))
    const dispensable = dependencies.filter(({ required }) => !required).map(({ name }) => name)
    assert.deepEqual(dispensable, ['notification', 'redis'])
    const body = JSON.stringify({ customerId: '17850', lines: [{ productId: '85123A', quantity: 1 }] })
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${await staffToken()}` }
    const [products, placed] = await Promise.all([
      fetch(`${url}/v1/products`),
      fetch(`${url}/v1/orders`, { method: 'POST', headers, body }),
    ])
    assert.equal(products.status, 503)
    assert.equal(placed.status, 503)
    assert.equal(placed.headers.get('Retry-After'), '2')
  } finally {
    await gateway.stop()
    closeRpcTransports()
  }
})

async function staffToken(): Promise<string> {
  const named = { issuer: 'order-saga', audience: 'order-saga' }
  const signer = await createTokenSigner({ ...named, privateKeyPem, lifetime: 60_000 })
  return signer.sign({ sub: 'ann', role: 'staff' })
}

it('starts only with a private key, and with both halves of an external issuer', () => {
  const read = (changes: object) => readConfig(GatewayConfig, { ...nobody, ...changes })
  assert.throws(() => read({ TOKEN_PRIVATE_KEY: '' }), /TOKEN_PRIVATE_KEY is missing/)
  assert.throws(
    () => read({ EXTERNAL_ISSUER: 'partner' }),
    /EXTERNAL_JWKS_URL is missing; wanted: given together/,
  )
})

it('takes the tokens of an external issuer by its published keys, beside its own', async () => {
  const signerOf = (issuer: string) =>
    createTokenSigner({
      issuer,
      audience: 'order-saga',
      lifetime: 60_000,
      privateKeyPem: generateKeyPairSync('ed25519').privateKey.export({
        type: 'pkcs8',
        format: 'pem',
      }) as string,
    })
  const partner = await signerOf('https://partner.example')
  const keys = createServer((_request, response) => response.end(JSON.stringify(partner.publicKeys())))
  await once(keys.listen(0, '127.0.0.1'), 'listening')
  const { port } = keys.address() as AddressInfo
  const external = {
    EXTERNAL_ISSUER: 'https://partner.example',
    EXTERNAL_JWKS_URL: `http://127.0.0.1:${port}/keys`,
  }
  const gateway = await startGateway(
    { logger: silent },
    readConfig(GatewayConfig, { ...nobody, ...external }),
  )
  try {
    const me = async (token: string) => {
      const headers = { Authorization: `Bearer ${token}` }
      return fetch(`http://127.0.0.1:${gateway.port}/v1/auth/me`, { headers })
    }
    const theirs = await me(await partner.sign({ sub: '17850', role: 'customer' }))
    assert.deepEqual(await theirs.json(), { role: 'customer', id: '17850' })
    assert.equal((await me(await staffToken())).status, 200)
    const stranger = await signerOf('https://stranger.example')
    assert.equal((await me(await stranger.sign({ sub: 'ann', role: 'staff' }))).status, 401)
  } finally {
    await gateway.stop()
    keys.closeAllConnections()
    await once(keys.close(), 'close')
    closeRpcTransports()
  }
})
