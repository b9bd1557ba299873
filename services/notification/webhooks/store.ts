import { maxDeliveriesListed } from '#contracts/limits.ts'
import type { EventType, OrderEvent } from '#contracts/notification.ts'
import type { Redis } from '#platform/redis/redis.ts'
import { keys as notification } from '../data/redis-keys.ts'
import { memberOf, REMEMBER } from '../data/write-once.ts'

export type Webhook = {
  webhookId: string
  url: string
  /** None: all. */
  events: EventType[]
  /** whsec_…: signs what is sent. */
  secret: string
  /** UTC, ISO 8601. */
  createdAt: string
}

export type DeliveryStatus = 'pending' | 'delivered' | 'failed'

export type Delivery = {
  webhookId: string
  deliveryId: string
  event: EventType
  orderId: string
  /** The event's place among those of its order, see OrderEvent. */
  stream: string
  sequence: number
  /** What is posted, and signed: the same text at every attempt. */
  body: string
  status: DeliveryStatus
  attempts: number
  /** '' before the first attempt, like `attemptedAt`. */
  lastAnswer: string
  createdAt: string
  attemptedAt: string
}

type DeliveryKey = Pick<Delivery, 'webhookId' | 'deliveryId'>
type Progress = Partial<Pick<Delivery, 'status' | 'attempts' | 'lastAnswer' | 'attemptedAt'>>

export type WebhookStore = {
  add(webhook: Webhook): Promise<void>
  find(webhookId: string): Promise<Webhook | undefined>
  /** Oldest first. */
  list(): Promise<Webhook[]>
  /** False when there was none. Its log goes with it. */
  remove(webhookId: string): Promise<boolean>
  /** Puts it into the log, and answers its status: of one that was there before as it stands, or ended. */
  open(delivery: Delivery): Promise<DeliveryStatus>
  findDelivery(delivery: DeliveryKey): Promise<Delivery | undefined>
  /** Whether an event before this one, of the same order, has been tried since then and was not taken yet. */
  followsPending(delivery: Delivery, since: Date): Promise<boolean>
  /** Notes how it went on; of a delivery that is no longer kept, nothing. One that ended and is listed no more, goes. */
  note(delivery: DeliveryKey, progress: Progress): Promise<void>
  /** The latest, newest first. */
  listDeliveries(webhookId: string): Promise<Delivery[]>
}

const deliveriesOf = (webhookId: string) => `webhook:delivery:${webhookId}:`

const keys = {
  webhooks: 'webhook:registered',
  delivery: ({ webhookId, deliveryId }: DeliveryKey) => `${deliveriesOf(webhookId)}${deliveryId}`,
  deliveries: (webhookId: string) => `webhook:deliveries:${webhookId}`,
  /** Those of one order that are still being tried, by their sequence. */
  pending: ({ webhookId, orderId, stream }: Pick<Delivery, 'webhookId' | 'orderId' | 'stream'>) =>
    `webhook:pending:${webhookId}:${orderId}:${stream}`,
}

/** How many partners can be told of events. */
export const maxWebhooks = 100
/** In s. Longer than a delivery is tried. */
const keptFor = 7 * 86_400
/** In s. Longer than an event holds up later ones. */
const holdsFor = 60

export function createWebhookStore({ client }: Pick<Redis, 'client'>): WebhookStore {
  const findDelivery = async (delivery: DeliveryKey) =>
    deliveryOf(await client.hGetAll(keys.delivery(delivery)))
  return {
    async add(webhook) {
      await client.hSet(keys.webhooks, webhook.webhookId, JSON.stringify(webhook))
    },

    async find(webhookId) {
      const found = await client.hGet(keys.webhooks, webhookId)
      return found === null ? undefined : (JSON.parse(found) as Webhook)
    },

    async list() {
      const found = Object.values(await client.hGetAll(keys.webhooks))
      return found
        .map((text) => JSON.parse(text) as Webhook)
        .sort((one, other) => one.webhookId.localeCompare(other.webhookId))
    },

    async remove(webhookId) {
      const removed = await client.eval(REMOVE, {
        keys: [keys.webhooks, keys.deliveries(webhookId)],
        arguments: [webhookId, deliveriesOf(webhookId)],
      })
      return removed === 1
    },

    async open(delivery) {
      const status = await client.eval(OPEN, {
        keys: [
          ...notification.done('webhook'),
          keys.delivery(delivery),
          keys.deliveries(delivery.webhookId),
          keys.pending(delivery),
        ],
        arguments: [
          ...memberOf(keys.delivery(delivery)),
          deliveriesOf(delivery.webhookId),
          String(keptFor),
          String(Date.parse(delivery.createdAt)),
          delivery.deliveryId,
          String(maxDeliveriesListed),
          String(delivery.sequence),
          String(holdsFor),
          ...Object.entries(delivery).flatMap(([name, value]) => [name, String(value)]),
        ],
      })
      return status as DeliveryStatus
    },

    findDelivery,

    async followsPending(delivery, since) {
      const { webhookId, sequence } = delivery
      const ids = await client.zRangeByScore(keys.pending(delivery), '-inf', `(${sequence}`)
      const earlier = await Promise.all(ids.map((deliveryId) => findDelivery({ webhookId, deliveryId })))
      return earlier.some((one) => one?.status === 'pending' && new Date(one.createdAt) > since)
    },

    async note(delivery, progress) {
      const fields = Object.entries(progress).flatMap(([name, value]) => [name, String(value)])
      const found = await findDelivery(delivery)
      if (!found) return
      await client.eval(NOTE, {
        keys: [keys.delivery(delivery), keys.deliveries(delivery.webhookId), keys.pending(found)],
        arguments: [String(keptFor), delivery.deliveryId, ...fields],
      })
    },

    async listDeliveries(webhookId) {
      const ids = await client.zRange(keys.deliveries(webhookId), 0, maxDeliveriesListed - 1, { REV: true })
      const found = await Promise.all(ids.map((deliveryId) => findDelivery({ webhookId, deliveryId })))
      return found.filter((delivery) => delivery !== undefined)
    },
  }
}

function deliveryOf(found: Record<string, string>): Delivery | undefined {
  if (found.deliveryId === undefined) return undefined
  const { attempts, sequence } = found
  return { ...(found as unknown as Delivery), attempts: Number(attempts), sequence: Number(sequence) }
}

const OPEN = `
  ${REMEMBER}
  local delivery, list, prefix, lifetime = KEYS[3], KEYS[4], ARGV[4], ARGV[5]
  local status = redis.call('HGET', delivery, 'status')
  if status then return status end
  if not remember(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]) then return 'delivered' end
  redis.call('HSET', delivery, unpack(ARGV, 11))
  redis.call('EXPIRE', delivery, lifetime)
  redis.call('ZADD', list, ARGV[6], ARGV[7])
  redis.call('EXPIRE', list, lifetime)
  redis.call('ZADD', KEYS[5], ARGV[9], ARGV[7])
  redis.call('EXPIRE', KEYS[5], ARGV[10])
  for _, id in ipairs(redis.call('ZRANGE', list, 0, -1 - ARGV[8])) do
    redis.call('ZREM', list, id)
    if redis.call('HGET', prefix .. id, 'status') ~= 'pending' then redis.call('DEL', prefix .. id) end
  end
  return redis.call('HGET', delivery, 'status')
`

const NOTE = `
  if redis.call('EXISTS', KEYS[1]) == 0 then return end
  redis.call('HSET', KEYS[1], unpack(ARGV, 3))
  redis.call('EXPIRE', KEYS[1], ARGV[1])
  local ended = redis.call('HGET', KEYS[1], 'status') ~= 'pending'
  if ended then redis.call('ZREM', KEYS[3], ARGV[2]) end
  if ended and not redis.call('ZSCORE', KEYS[2], ARGV[2]) then redis.call('DEL', KEYS[1]) end
`

const REMOVE = `
  for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do redis.call('DEL', ARGV[2] .. id) end
  redis.call('DEL', KEYS[2])
  return redis.call('HDEL', KEYS[1], ARGV[1])
`

export const isWanted = ({ events }: Webhook, { type }: OrderEvent): boolean =>
  events.length === 0 || events.includes(type)
