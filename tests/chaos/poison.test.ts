import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { deadLettersIn } from '#audit/dead-letters.ts'
import type { DeadLetter, LetterOutcome, OpenedDeadLetter, Redrive } from '#contracts/rest/dead-letters.ts'
import type { OrderDetails } from '#contracts/rest/orders.ts'
import { type Topic, topics } from '#contracts/topics.ts'
import { bucketOf, derivedIdInBucket } from '#platform/ids.ts'
import { connectKafka, type Kafka } from '#platform/kafka/kafka.ts'
import { messageHeaders } from '#platform/messaging/messages.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { about, ensure } from '#platform/testing/expect.ts'
import { silent, until } from '#platform/testing/fixtures.ts'
import { type System, startSystem } from '#tests/support/system.ts'

/**
 * Who puts aside what it cannot read, by consumer group. Nobody reads inventory.events, and customer.events only drops
 * what is in the cache, by key.
 */
const readers = {
  [topics.preOrders]: ['order.pre_orders'],
  [topics.newOrders]: ['logistics'],
  [topics.ordersEvents]: ['order.orders_events'],
  [topics.orderEvents]: ['inventory', 'notification'],
  [topics.paymentEvents]: ['notification'],
} satisfies Partial<Record<Topic, string[]>>

type Poison = {
  topic: keyof typeof readers
  type: string
  /** What is wrong with it. */
  reason: RegExp
  /** What was meant. */
  content(order: OrderDetails): object
  /** How one sees that it was read in the end. */
  read(order: OrderDetails, messageId: string): Promise<unknown>
}

const at = new Date().toISOString()
const london = { latitude: 51.5, longitude: -0.12 }

describe('a message that nobody can read', () => {
  let system: System
  let kafka: Kafka
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-saga-poison-'))
    system = await startSystem()
    kafka = connectKafka({
      brokers: [system.environment.KAFKA_BROKERS ?? ''],
      clientId: 'poison',
      logger: silent,
    })
  })
  afterAll(async () => {
    await system?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const reference = randomUUID()
  const orderId = derivedIdInBucket(bucketOf('17850'), `web/${reference}`)
  const hasMail = (id: string, messageId: string) =>
    until(`the mail of ${messageId}`, async () => {
      const { body } = await system.rest<{ mails: { id: string }[] }>('GET', `/v1/mails?orderId=${id}`)
      return body.mails.some((mail) => mail.id === messageId)
    })

  const poisons: Poison[] = [
    {
      topic: topics.preOrders,
      type: 'PreOrder',
      reason: /source is missing/,
      content: () => ({
        source: 'web',
        reference,
        customerId: '17850',
        currency: 'GBP',
        lines: [{ productId: '85123A', quantity: 1 }],
        placedAt: at,
      }),
      read: () => system.endOf(orderId),
    },
    {
      topic: topics.newOrders,
      type: 'NewShipment',
      reason: /shipment_id or order_id is missing/,
      content: ({ orderId, shipments: [shipment] }) => ({
        shipmentId: shipment?.shipmentId,
        orderId,
        warehouseId: shipment?.warehouseId,
        origin: london,
        recipient: { place: london },
      }),
      read: async () => {},
    },
    {
      topic: topics.ordersEvents,
      type: 'ShipmentEvent',
      reason: /shipment_id is missing/,
      content: ({ orderId, shipments: [shipment] }) => ({
        shipmentId: shipment?.shipmentId,
        orderId,
        status: 'delivered',
        occurredAt: at,
      }),
      read: async () => {},
    },
    {
      topic: topics.orderEvents,
      type: 'OrderCancelled',
      reason: /order_id: is missing/,
      // Nobody cancelled it: the right message is of another type.
      content: ({ orderId, customerId, source }) => ({ orderId, customerId, source, at }),
      read: ({ orderId }, messageId) => hasMail(orderId, messageId),
    },
    {
      topic: topics.paymentEvents,
      type: 'PaymentRefunded',
      reason: /order_id: is missing/,
      content: ({ orderId, customerId }) => ({ orderId, customerId, amount: '5', currency: 'GBP', at }),
      read: ({ orderId }, messageId) => hasMail(orderId, messageId),
    },
  ]

  const messageIds = new Map(poisons.map(({ topic }) => [topic, `poison-${topic}-${randomUUID()}`]))

  /** The letters that came of our poisons. */
  async function ours(query = ''): Promise<DeadLetter[]> {
    const all = await system.rest<{ deadLetters: DeadLetter[] }>('GET', `/v1/dead-letters?limit=200${query}`)
    expect(all.status).toBe(200)
    return all.body.deadLetters.filter(({ messageId }) => [...messageIds.values()].includes(messageId ?? ''))
  }

  async function endedOrder(): Promise<OrderDetails> {
    const { body: placed } = await system.rest<{ orderId: string }>('POST', '/v1/orders', {
      customerId: '17850',
      lines: [{ productId: '85123A', quantity: 1 }],
    })
    await system.endOf(placed.orderId)
    return (await system.rest<OrderDetails>('GET', `/v1/orders/${placed.orderId}`)).body
  }

  /** Empty, so that what every consumer needs is missing. */
  async function publishPoisons(): Promise<void> {
    const producer = await kafka.producer()
    await producer.send(
      poisons.map(({ topic, type }) => ({
        topic,
        key: 'poison',
        value: new Uint8Array(),
        headers: messageHeaders({ id: messageIds.get(topic) ?? '', type, traceparent: newTraceparent() }),
      })),
    )
    await producer.stop()
  }

  async function allRead(): Promise<void> {
    for (const group of new Set(Object.values(readers).flat())) {
      await until(`${group} has read everything`, async () =>
        Object.values(await kafka.lag(group)).every((lag) => lag === 0),
      )
    }
  }

  const openLetters = () => deadLettersIn([system.environment.KAFKA_BROKERS ?? ''])()

  async function redriveByCommand(letterId: string, type: string, content: object): Promise<LetterOutcome[]> {
    const file = join(folder, `${type}.json`)
    await writeFile(file, JSON.stringify(content))
    const args = ['redrive', letterId, '--with', file, '--type', type, '--json']
    const { stdout } = await system.command('cli/main.ts', ['dead-letters', ...args])
    return (JSON.parse(stdout) as { letters: LetterOutcome[] }).letters
  }

  async function redriveByRest(letterId: string, type: string, content: object): Promise<LetterOutcome[]> {
    const replacement = { type, content }
    const begun = await system.rest<Redrive>('POST', '/v1/dead-letters/redrive', {
      ids: [letterId],
      replacement,
    })
    expect(begun.status).toBe(202)
    return until('it is done', async () => {
      const { body } = await system.rest<Redrive>('GET', `/v1/redrives/${begun.body.redriveId}`)
      return body.running ? undefined : body.done
    })
  }

  let openBefore: Record<string, number>
  let order: OrderDetails

  it('is one dead letter on each topic, and everything after it is processed', async () => {
    openBefore = await openLetters()
    order = await endedOrder()
    const generating = system.generate('--count', '40', '--rate', '20')
    await publishPoisons()
    expect((await generating).outcome?.missing).toStrictEqual([])
    const letters = await until('every reader has put it aside', async () => {
      const found = await ours()
      const groups = found.reduce((sum, { groups }) => sum + groups.length, 0)
      return groups === Object.values(readers).flat().length ? found : undefined
    })
    expect(letters.length).toBe(poisons.length)
    for (const { topic, type, reason } of poisons) {
      const letter = letters.find((one) => one.topic === topic)
      about(topic, () => expect(letter?.groups.toSorted()).toStrictEqual(readers[topic]))
      expect(letter?.type).toBe(type)
      expect(letter?.reason).toMatch(reason)
    }
    await allRead()
  })

  for (const { topic, type, content, read } of poisons) {
    it(`is read once it is redriven with what was meant: ${topic}`, async () => {
      const letter = (await ours()).find((one) => one.topic === topic)
      ensure(letter)
      const meant = topic === topics.orderEvents ? 'OrderCreated' : type
      const redrive = topic === topics.preOrders ? redriveByCommand : redriveByRest
      const letters = await redrive(letter.id, meant, content(order))
      expect(letters).toStrictEqual([{ letterId: letter.id, kind: 'redriven', problem: null }])
      await read(order, messageIds.get(topic) ?? '')
    })
  }

  it('leaves no open dead letter and right books', async () => {
    await allRead()
    expect(await ours()).toStrictEqual([])
    const redriven = await ours('&withRedriven=true')
    expect(redriven.map(({ redriven }) => redriven?.by)).toStrictEqual(
      poisons.map(() => `staff:${system.environment.STAFF_USER}`),
    )
    const { body } = await system.rest<OpenedDeadLetter>('GET', `/v1/dead-letters/${redriven[0]?.id}`)
    expect(body.value).toBe('')
    // Other tests may have left dead letters on the same Kafka.
    expect(await openLetters()).toStrictEqual(openBefore)
    await system.audit()
  })
})
