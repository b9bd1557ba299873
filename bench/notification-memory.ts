// What the notification service keeps in Redis for each order: keys and bytes, at first and when its bounds are reached.
// node bench/notification-memory.ts redis://127.0.0.1:6379/9   (a database of its own: it is emptied)
import { randomUUID } from 'node:crypto'
import type { OrderEvent } from '#contracts/notification.ts'
import { connectRedis } from '#platform/redis/redis.ts'
import { silent, until } from '#platform/testing/fixtures.ts'
import { mailOf } from '#services/notification/domain/mails.ts'
import { createNotificationStore } from '#services/notification/store.ts'

const [url = 'redis://127.0.0.1:6379/9', most = '20000'] = process.argv.slice(2)
const redis = connectRedis(url, silent)
await until('Redis is up', redis.isUp)
await redis.client.flushDb()
const store = createNotificationStore(redis)

const statuses = ['pending', 'reserved', 'paid', 'shipping', 'completed'] as const
/** A happy order's events: created, four statuses and the payment. */
const eventsOf = (n: number): OrderEvent[] => {
  const order = { orderId: randomUUID(), customerId: `customer-${n % 4_000}`, at: new Date().toISOString() }
  const told = { ...order, currency: 'GBP' as const, amount: 1_530 }
  const ofOrder = statuses.map(
    (status, i): OrderEvent => ({
      ...(i === 0 ? order : told),
      id: randomUUID(),
      type: i === 0 ? 'order.created' : `order.${status}`,
      stream: 'order',
      sequence: i * 10,
      status,
      by: 'system',
      note: 'transfer c5a1e0de-2f7b-8d34-a1b2-c3d4e5f60718',
    }),
  )
  const paid: OrderEvent = {
    ...told,
    id: randomUUID(),
    type: 'payment.succeeded',
    stream: 'payment',
    sequence: 1,
  }
  return [...ofOrder, paid]
}

async function place(n: number): Promise<void> {
  for (const event of eventsOf(n)) {
    await store.recordUpdate(event)
    const text = mailOf(event, 'Ann Example')
    const { id, orderId, customerId, at } = event
    if (text) await store.recordMail({ id, orderId, customerId, ...text, recipient: 'ann@example.com', at })
  }
}

const used = async () => Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1])
const empty = await used()
const began = performance.now()
let before = { orders: 0, keys: 0, bytes: 0 }
for (let orders = 1_000; orders <= Number(most); orders *= 2) {
  for (let n = before.orders; n < orders; n += 50)
    await Promise.all(Array.from({ length: Math.min(50, orders - n) }, (_, i) => place(n + i)))
  const now = { orders, keys: await redis.client.dbSize(), bytes: (await used()) - empty }
  const per = (what: 'keys' | 'bytes') =>
    ((now[what] - before[what]) / (now.orders - before.orders)).toFixed(1)
  console.log(
    `${orders} orders: ${now.keys} keys, ${(now.bytes / 1e6).toFixed(1)} MB; each of the last ${now.orders - before.orders}: ${per('keys')} keys, ${per('bytes')} bytes`,
  )
  before = now
}
console.log(`${((performance.now() - began) / before.orders).toFixed(2)} ms per order`)
await redis.client.flushDb()
await redis.close()
