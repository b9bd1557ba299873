import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { afterAll, expect, test } from '@jest/globals'
import { DiscoveryService } from '#generated/proto/discovery/v1/discovery_pb.ts'
import { closeRpcTransports, rpcTransport } from '#platform/grpc/rpc.ts'
import { readConfig } from '#platform/process/config.ts'
import { silent, until } from '#platform/testing/fixtures.ts'
import { DiscoveryConfig } from './config.ts'
import { startDiscovery } from './main.ts'

afterAll(closeRpcTransports)

async function start(env: Record<string, string> = {}) {
  const config = readConfig(DiscoveryConfig, {
    DISCOVERY_RPC_PORT: '0',
    DISCOVERY_SHARDS:
      'order/order_1@127.0.0.1:1,127.0.0.2:1;order/order_2@127.0.0.1:2;customer/one@127.0.0.1:3',
    ...env,
  })
  const { port, stop } = await startDiscovery({ logger: silent }, config)
  return { port, stop, client: createClient(DiscoveryService, rpcTransport(`http://127.0.0.1:${port}`)) }
}

type Client = Awaited<ReturnType<typeof start>>['client']

/** Subscribes, and keeps what it is told. */
function subscribe(client: Client, service = 'order') {
  const told: string[] = []
  const ended = (async () => {
    for await (const { version, shards } of client.watchShards({ service }, { timeoutMs: 0 }))
      told.push(`${version}: ${shards.map(({ host, port }) => `${host}:${port}`).join(' ')}`)
  })()
  ended.catch(() => {})
  return { told, ended }
}

const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error) => {
      const { code, rawMessage } = ConnectError.from(error)
      return `${Code[code]} ${rawMessage}`
    },
  )

test('tells the whole map at once and each change, to every subscriber of that service', async () => {
  const { client, stop } = await start()
  const [first, second, other] = [subscribe(client), subscribe(client), subscribe(client, 'customer')]
  await until('all were told', () => [first, second, other].every(({ told }) => told.length === 1))
  const { version, shards } = await client.moveShards({ service: 'order', name: 'order_1' })
  expect(version).toBe(2n)
  expect(
    shards.map(({ name, host, firstBucket, lastBucket }) => [name, host, firstBucket, lastBucket]),
  ).toStrictEqual([
    ['order_1', '127.0.0.2', 0, 2047],
    ['order_2', '127.0.0.1', 2048, 4095],
  ])
  const both = ['1: 127.0.0.1:1 127.0.0.1:2', '2: 127.0.0.2:1 127.0.0.1:2']
  await until('both were told', () => first.told.length === 2 && second.told.length === 2)
  expect([first.told, second.told, other.told]).toStrictEqual([both, both, ['1: 127.0.0.1:3']])
  await stop()
  await Promise.all([first.ended, second.ended, other.ended])
})

test('a subscription outlives the time that other calls may take, and delays no shutdown', async () => {
  const { client, stop } = await start()
  const { told, ended } = subscribe(client)
  await until('it was told', () => told.length === 1)
  const longerThanACallMayTake = Date.now() + 5_500
  await until('that long', () => Date.now() > longerThanACallMayTake)
  await client.moveShards({ service: 'order', name: '' })
  await until('it hears of the move', () => told.length === 2)
  const asked = Date.now()
  await stop()
  await ended
  expect(Date.now() - asked).toBeLessThan(1_000)
})

test('refuses a service or a shard that it does not know, and a move without another address', async () => {
  const { client, stop } = await start()
  expect(await refusal(subscribe(client, 'payment').ended)).toBe(
    'NotFound service: "payment" has no databases here',
  )
  const move = (service: string, name: string) => refusal(client.moveShards({ service, name }))
  expect(await move('payment', '')).toBe('NotFound service: "payment" has no databases here')
  expect(await move('order', 'order_3')).toBe('NotFound name: order has no shard order_3')
  expect(await move('order', 'order_2')).toBe('FailedPrecondition order_2 has no other address')
  expect(await move('customer', '')).toBe('FailedPrecondition customer has no other address')
  await stop()
})

test('moves a shard from time to time when told to', async () => {
  const { client, stop } = await start({ DISCOVERY_MOVE_EVERY: '20ms' })
  const { told } = subscribe(client)
  await until('it has moved, and back', () => told.length >= 3)
  await stop()
  expect(
    told
      .slice(1, 3)
      .map((map) => map.replace(/^\d+: /, ''))
      .toSorted(),
  ).toStrictEqual(['127.0.0.1:1 127.0.0.1:2', '127.0.0.2:1 127.0.0.1:2'])
})
