import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from '@jest/globals'
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
  DISCOVERY_RPC_URL: 'http://127.0.0.1:1',
  LOGISTICS_RPC_URL: 'http://127.0.0.1:1',
  KAFKA_BROKERS: '127.0.0.1:1',
  TOKEN_PRIVATE_KEY: privateKeyPem.replaceAll('\n', '\\n'),
}

type Dependency = { name: string; state: string; required: boolean }

it('listens before its servers are up, says that it is not ready, and refuses with 503 in time', async () => {
  const gateway = await startGateway({ logger: silent }, readConfig(GatewayConfig, nobody))
  try {
    const url = `http://127.0.0.1:${gateway.port}`
    expect((await fetch(`${url}/health`)).status).toBe(200)
    const ready = await fetch(`${url}/ready`)
    expect(ready.status).toBe(503)
    const { dependencies } = (await ready.json()) as { dependencies: Dependency[] }
    expect(new Set(dependencies.map(({ state }) => state))).toStrictEqual(new Set(['down']))
    const dispensable = dependencies.filter(({ required }) => !required).map(({ name }) => name)
    expect(dispensable).toStrictEqual(['notification', 'redis'])
    const body = JSON.stringify({ customerId: '17850', lines: [{ productId: '85123A', quantity: 1 }] })
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${await staffToken()}` }
    const [products, placed] = await Promise.all([
      fetch(`${url}/v1/products`),
      fetch(`${url}/v1/orders`, { method: 'POST', headers, body }),
    ])
    expect(products.status).toBe(503)
    expect(placed.status).toBe(503)
    expect(placed.headers.get('Retry-After')).toBe('2')

    const system = await fetch(`${url}/v1/system`, { headers })
    expect(system.status).toBe(200)
    const told = await system.text()
    expect(told).not.toMatch(/127\.0\.0\.1|ECONN/)
    const { services, servers, consumerGroups } = JSON.parse(told) as Record<string, { state: string }[]>
    expect(services?.map(({ state }) => state)).toStrictEqual(['up', ...Array(7).fill('down')])
    expect(servers?.map(({ state }) => state)).toStrictEqual(['down', 'down', 'down'])
    expect(consumerGroups).toBeNull()
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
  expect(() => read({ TOKEN_PRIVATE_KEY: '' })).toThrow(/TOKEN_PRIVATE_KEY is missing/)
  expect(() => read({ EXTERNAL_ISSUER: 'partner' })).toThrow(
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
    expect(await theirs.json()).toStrictEqual({ role: 'customer', id: '17850' })
    expect((await me(await staffToken())).status).toBe(200)
    const stranger = await signerOf('https://stranger.example')
    expect((await me(await stranger.sign({ sub: 'ann', role: 'staff' }))).status).toBe(401)
  } finally {
    await gateway.stop()
    keys.closeAllConnections()
    await once(keys.close(), 'close')
    closeRpcTransports()
  }
})
