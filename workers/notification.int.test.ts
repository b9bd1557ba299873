import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Live, listenLive } from '#clients/live/live.ts'
import { type Update, updatesPath } from '#contracts/notification.ts'
import { topics } from '#contracts/topics.ts'
import { CustomerService } from '#generated/proto/customer/v1/customer_pb.ts'
import { NotificationService } from '#generated/proto/notification/v1/notification_pb.ts'
import { createTokenSigner } from '#platform/auth/tokens.ts'
import { closeRpcTransports, type RpcServer, rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { connectKafka, type Kafka, type Producer } from '#platform/kafka/kafka.ts'
import { readConfig } from '#platform/process/config.ts'
import { createLogger } from '#platform/process/logger.ts'
import { randomName, silent, testServer, until } from '#platform/testing/fixtures.ts'
import { newEvent, redisUrl, statusMessage } from '#services/notification/fixtures.ts'
import { ownNamespace } from '#tests/support/temporal.ts'
import { NotificationConfig, startNotification } from './notification.ts'

const privateKeyPem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
const signer = await createTokenSigner({
  privateKeyPem: privateKeyPem.toString(),
  issuer: 'order-saga',
  audience: 'order-saga',
  lifetime: 60_000,
})

describe('the notification process', () => {
  const customerId = randomName('customer')
  const lines: Record<string, unknown>[] = []
  const keySet = createServer((_, response) => response.end(JSON.stringify(signer.publicKeys())))
  let customers: RpcServer
  let running: Awaited<ReturnType<typeof startNotification>>
  let kafka: Kafka
  let producer: Producer
  let live: Live

  beforeAll(async () => {
    await new Promise<void>((resolve) => keySet.listen(0, '127.0.0.1', resolve))
    customers = await serveRpc({
      port: 0,
      logger: silent,
      routes: (router) =>
        router.service(CustomerService, {
          getCustomer: (asked) => {
            if (asked.customerId !== customerId) throw new ConnectError('nobody', Code.NotFound)
            return { customer: { customerId, name: 'Ann Example', email: 'ann@example.com' } }
          },
        }),
    })
    const address = testServer('TEST_TEMPORAL_ADDRESS')
    const config = readConfig(NotificationConfig, {
      NOTIFICATION_PORT: '0',
      NOTIFICATION_RPC_PORT: '0',
      REDIS_URL: redisUrl(8),
      KAFKA_BROKERS: testServer('TEST_KAFKA_BROKERS'),
      CUSTOMER_RPC_URL: `http://127.0.0.1:${customers.port}`,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: await ownNamespace(address),
      JWKS_URL: `http://127.0.0.1:${(keySet.address() as AddressInfo).port}/`,
    })
    const logger = createLogger({
      process: 'test',
      destination: { write: (line) => lines.push(JSON.parse(line)) },
    })
    running = await startNotification({ logger, signal: new AbortController().signal }, config)
    kafka = connectKafka({ brokers: config.KAFKA_BROKERS, clientId: 'test', logger: silent })
    producer = await kafka.producer()
  })
  afterAll(async () => {
    live?.stop()
    await running.stop()
    await producer.stop()
    await customers.stop()
    closeRpcTransports()
    keySet.closeAllConnections()
    await new Promise((resolve) => keySet.close(resolve))
  })

  it('makes of the events on Kafka one update and one mail each', async () => {
    const heard: Update[] = []
    const ready = Promise.withResolvers<void>()
    live = listenLive<Update>({
      urls: [`http://127.0.0.1:${running.port}`],
      path: updatesPath,
      token: () => signer.sign({ sub: customerId, role: 'customer' }),
      onItem: (update) => void heard.push(update),
      onReady: ready.resolve,
    })
    await ready.promise

    const order = { orderId: randomUUID(), customerId }
    const events = (['reserved', 'paid', 'completed'] as const).map((status) =>
      newEvent({ ...order, status }),
    )
    const messages = events.flatMap((event) => [statusMessage(event), statusMessage(event)])
    await producer.send(
      messages.map((message) => ({ ...message, topic: topics.orderEvents, key: order.orderId })),
    )
    await until(`3 updates, now ${heard.length}`, () => heard.length >= 3)
    expect(heard.map(({ id, type }) => [id, type])).toStrictEqual(
      events.map(({ id, status }) => [id, `order.${status}`]),
    )

    const service = createClient(NotificationService, rpcTransport(`http://127.0.0.1:${running.rpcPort}`))
    const mails = await until('2 mails', async () => {
      const listed = await service.listMails({ orderId: order.orderId })
      return listed.mails.length >= 2 ? listed.mails : undefined
    })
    expect(mails.map(({ template, recipient }) => [template, recipient])).toStrictEqual([
      ['order_completed', 'ann@example.com'],
      ['order_paid', 'ann@example.com'],
    ])
    const ofOrder = lines.filter((line) => line.orderId === order.orderId)
    expect(ofOrder.map(({ template }) => template)).toStrictEqual(['order_paid', 'order_completed'])
    expect(JSON.stringify(lines)).not.toMatch(/Ann|ann@/)
  })

  it('is alive, and ready while Redis and Kafka are there', async () => {
    const url = `http://127.0.0.1:${running.port}`
    expect((await fetch(`${url}/health`)).status).toBe(200)
    const ready = await fetch(`${url}/ready`)
    expect(ready.status).toBe(200)
    expect(((await ready.json()) as { status: string }).status).toBe('ready')
    expect((await fetch(`${url}/other`)).status).toBe(404)
  })
})
