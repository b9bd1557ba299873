import { setTimeout as sleep } from 'node:timers/promises'
import { create, toBinary } from '@bufbuild/protobuf'
import { timestampNow } from '@bufbuild/protobuf/wkt'
import { topics } from '#contracts/topics.ts'
import { ShipmentEventSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { connectKafka } from '#platform/kafka/kafka.ts'
import { silent, until } from '#platform/testing/fixtures.ts'
import type { System } from '#tests/support/system.ts'
import { type Asked, ended, type Order } from './contradictions.ts'

/** A member of staff: what one person asks twice is one request, so that each request needs a person of its own. */
export type Person = { by: string; headers: { authorization: string } }

const statuses = ['created', 'sent_to_customer', 'delivered', 'lost'] as const
export const people = 10
/** A cancel, a decision and a move by each person, and an event of the courier's. */
export const requestsPerOrder = people * 4

export async function employ(system: System): Promise<Person[]> {
  const ids = Array.from({ length: people }, (_, i) => `storm-${i}`)
  const password = crypto.randomUUID()
  await system.rest('PUT', '/v1/users', {
    users: ids.map((id) => ({ userName: id, password, role: 'staff', id })),
  })
  const signedIn: Person[] = []
  for (const id of ids)
    signedIn.push({
      by: `staff:${id}`,
      headers: { authorization: `Bearer ${await system.signIn(id, password)}` },
    })
  return signedIn
}

/** Every third order has more pieces than there are, so that its customer is asked. */
export async function place(system: System, n: number): Promise<string> {
  const quantity = n % 3 === 0 ? 900_000 : 1
  const body = { customerId: '17850', lines: [{ productId: '85123A', quantity }] }
  return patiently(`order ${n} is placed`, async () => {
    const headers = { 'idempotency-key': `storm-${n}` }
    const answer = await system.rest<Order>('POST', '/v1/orders', body, headers)
    return answer.status < 300 ? answer.body.orderId : undefined
  })
}

export const findOrder = async (system: System, orderId: string): Promise<Order> =>
  (await system.rest<Order>('GET', `/v1/orders/${orderId}`)).body

/** The busier the machine, the less it should be asked. */
export const patiently = <T>(what: string, probe: () => Promise<T | undefined>, within = 180_000) =>
  until(what, async () => (await probe()) ?? sleep(250, undefined), within)

/** All at once, as soon as the order waits for somebody. */
export async function storm(
  system: System,
  { tell, staff }: { tell: Tell; staff: readonly Person[] },
  orderId: string,
): Promise<Asked[]> {
  const shipmentId = await patiently('it waits for somebody', async () => {
    const order = await findOrder(system, orderId)
    if (order.status === 'shipping') return order.shipments[0]?.shipmentId
    return order.status === 'awaiting_customer' || ended(order) ? `${orderId}-1` : undefined
  })
  const ask = async (path: string, body: object, person: Person, asked: Omit<Asked, 'by' | 'status'>) => {
    const answer = await system
      .rest('POST', `/v1/orders/${orderId}${path}`, body, person.headers)
      .catch(() => ({ status: 0 }))
    return { ...asked, by: person.by, status: answer.status }
  }
  const requests = staff.map((person, i) => {
    const status = statuses[i % statuses.length] ?? 'created'
    const quantity = i + 1
    const amend = { kind: 'amend', lines: [{ lineNumber: 1, quantity }] }
    const move = { shipmentId, status }
    return [
      i % 5 === 4
        ? ask('/decision', { kind: 'cancel' }, person, { kind: 'give up', mark: 'not wanted' })
        : ask('/decision', amend, person, { kind: 'amend', mark: '', quantity }),
      ask(`/shipments/${shipmentId}/move`, { status, note: `move-${i}` }, person, {
        kind: 'move',
        mark: `move-${i}`,
        move,
      }),
      ask('/cancel', { note: `cancel-${i}` }, person, { kind: 'cancel', mark: `cancel-${i}` }),
      tell(orderId, shipmentId, status),
    ]
  })
  return (await Promise.all(requests.flat())).filter((one) => one !== undefined)
}

type Tell = (orderId: string, shipmentId: string, status: string) => Promise<void>

/** Speaks for the courier. */
export async function teller(brokers: string[]) {
  const kafka = connectKafka({
    brokers,
    clientId: 'storm',
    logger: silent,
    signal: new AbortController().signal,
  })
  const producer = await kafka.producer()
  const tell: Tell = (orderId, shipmentId, status) =>
    producer.send([
      {
        topic: topics.ordersEvents,
        key: shipmentId,
        value: toBinary(
          ShipmentEventSchema,
          create(ShipmentEventSchema, { orderId, shipmentId, status, occurredAt: timestampNow() }),
        ),
        headers: { 'message-id': crypto.randomUUID(), type: 'ShipmentEvent' },
      },
    ])
  return { tell, stop: () => producer.stop() }
}
