import { maxDeliveriesListed } from '#contracts/limits.ts'
import type { EventType, OrderEvent, TestEventType } from '#contracts/notification.ts'
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
  /** Those before it, which sign beside it until then (UTC, ISO 8601). */
  oldSecrets: { secret: string; until: string }[]
  /** The caller's name for the last rotation; '' before the first. */
  rotation: string
  /** Events that happen meanwhile are not sent, nor later. */
  paused: boolean
  /** UTC, ISO 8601. */
  createdAt: string
}

export type DeliveryStatus = 'pending' | 'delivered' | 'failed'

export type Delivery = {
  webhookId: string
  deliveryId: string
  event: EventType | TestEventType
  /** '' of a test. */
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
/** Newest first; `after` is the last of the page before. */
export type DeliveryPlace = { createdAt: number; deliveryId: string }
type DeliveryFilter = { limit: number; after: DeliveryPlace | undefined; status: DeliveryStatus | undefined }
type Progress = Partial<Pick<Delivery, 'status' | 'attempts' | 'lastAnswer' | 'attemptedAt'>>

export type DeliveryPage = { deliveries: Delivery[]; next: DeliveryPlace | undefined }

export type WebhookStore = {
  add(webhook: Webhook): Promise<void>
  find(webhookId: string): Promise<Webhook | undefined>
  /**
   * Puts what `change` makes of it into its place, as one step: `change` is asked again when another change came between.
   * Undefined when there is none.
   */
  change(webhookId: string, change: (webhook: Webhook) => Webhook): Promise<Webhook | undefined>
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
  /** Newest first, of those that are kept. */
  listDeliveries(webhookId: string, filter: DeliveryFilter): Promise<DeliveryPage>
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
      return found === null ? undefined : webhookOf(found)
    },

    async change(webhookId, change) {
      for (;;) {
        const found = await client.hGet(keys.webhooks, webhookId)
        if (found === null) return undefined
        const changed = change(webhookOf(found))
        const isDone = await client.eval(REPLACE, {
          keys: [keys.webhooks],
          arguments: [webhookId, found, JSON.stringify(changed)],
        })
        if (isDone === 1) return changed
      }
    },

    async list() {
      const found = Object.values(await client.hGetAll(keys.webhooks))
      return found.map(webhookOf).sort((one, other) => one.webhookId.localeCompare(other.webhookId))
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

    async listDeliveries(webhookId, { limit, after, status }) {
      const listed = await client.zRangeWithScores(keys.deliveries(webhookId), 0, -1, { REV: true })
      const places = listed.map(({ value, score }) => ({ createdAt: score, deliveryId: value }))
      const rest = places.filter((place) => !after || isOlder(place, after))
      const found = await Promise.all(rest.map(({ deliveryId }) => findDelivery({ webhookId, deliveryId })))
      const wanted = found.filter((one) => one !== undefined && (!status || one.status === status))
      const deliveries = wanted.slice(0, limit).filter((one) => one !== undefined)
      const last = wanted.length > limit ? deliveries.at(-1) : undefined
      return { deliveries, next: last && placeOf(last) }
    },
  }
}

/** As it was stored, perhaps before webhooks could be paused and secrets rotated. */
const webhookOf = (text: string): Webhook => ({
  paused: false,
  oldSecrets: [],
  rotation: '',
  ...(JSON.parse(text) as Omit<Webhook, 'paused' | 'oldSecrets' | 'rotation'>),
})

const placeOf = ({ createdAt, deliveryId }: Delivery): DeliveryPlace => ({
  createdAt: Date.parse(createdAt),
  deliveryId,
})

/** In the order of Redis: by time, then by id. */
const isOlder = (one: DeliveryPlace, other: DeliveryPlace) =>
  one.createdAt === other.createdAt ? one.deliveryId < other.deliveryId : one.createdAt < other.createdAt

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

const REPLACE = `
  if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  return 1
`

const REMOVE = `
  for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do redis.call('DEL', ARGV[2] .. id) end
  redis.call('DEL', KEYS[2])
  return redis.call('HDEL', KEYS[1], ARGV[1])
`

export const isWanted = ({ events, paused }: Webhook, { type }: OrderEvent): boolean =>
  !paused && (events.length === 0 || events.includes(type))
