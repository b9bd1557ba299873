// What the tests of the notification service share.
import { randomUUID } from 'node:crypto'
import { type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { OrderEvent } from '#contracts/notification.ts'
import { OrderStatusChangedSchema } from '#generated/proto/order/v1/events_pb.ts'
import { encode, messageHeaders } from '#platform/messaging/messages.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { connectRedis } from '#platform/redis/redis.ts'
import { randomName, silent, testServer, until } from '#platform/testing/fixtures.ts'
import type { Bounds } from './data/redis-keys.ts'
import type { Recipients } from './recipients.ts'
import { createNotificationStore } from './store.ts'

export const happenedAt = new Date('2010-12-01T08:26:00.000Z')
export const timestamp = timestampFromDate(happenedAt)

/** A database of the test server's Redis; those that other test files' processes read are not ours. */
export const redisUrl = (database: number): string => `${testServer('TEST_REDIS_URL')}/${database}`

/** The test server's Redis, and the store on it. */
export async function openRedis(url = testServer('TEST_REDIS_URL'), bounds?: Bounds) {
  const redis = connectRedis(url, silent)
  await until('Redis is up', redis.isUp)
  return { redis, store: createNotificationStore(redis, bounds) }
}

export const newEvent = (given: Partial<OrderEvent> = {}): OrderEvent => ({
  id: randomUUID(),
  type: 'order.shipping',
  orderId: randomUUID(),
  customerId: randomName('customer'),
  status: 'shipping',
  stream: 'order',
  sequence: 21,
  at: happenedAt.toISOString(),
  ...given,
})

export function messageOf<Desc extends DescMessage>(
  schema: Desc,
  content: MessageInitShape<Desc>,
  id: string = randomUUID(),
) {
  const headers = messageHeaders({ id, type: schema.name, traceparent: newTraceparent() })
  return { headers, value: encode(schema, content) }
}

/** As the order service tells of it. */
export const statusMessage = ({ id, orderId, customerId, status, sequence }: OrderEvent) =>
  messageOf(
    OrderStatusChangedSchema,
    { orderId, customerId, status: status ?? '', at: timestamp, sequence },
    id,
  )

/** Everybody is Ann Example. */
export const annsRecipients: Recipients = {
  find: async () => ({ name: 'Ann Example', email: 'ann@example.com' }),
}
