import type { OrderEvent, Update } from '#contracts/notification.ts'
import type { Redis } from '#platform/redis.ts'
import { keys, limits } from './keys.ts'
import type { Mail } from './mails.ts'
import { placeIn, type Start, type StreamFacts } from './places.ts'

export type NotificationStore = {
  /** For the customer's screens and the staff's. Of a message that was taken in before nothing: then it answers false. */
  recordUpdate(event: OrderEvent): Promise<boolean>
  /** Of a message that was written about before nothing: then it answers false. */
  recordMail(mail: Mail): Promise<boolean>
  /** Where a reader that saw everything up to `since` goes on; without it, at the stream's present end. */
  startAt(stream: string, since: string | undefined): Promise<Start>
  /** The updates that follow the cursor, oldest first. */
  after(stream: string, cursor: string, count: number): Promise<Update[]>
  /** Newest first; `cursor` is that of the last one of the page before. */
  listMails(page: { orderId: string; limit: number; cursor: string }): Promise<ListedMail[]>
}

export type ListedMail = Mail & { cursor: string }

const { seenFor, updatesPerCustomer, updatesForStaff, updatesFor, mails, mailsFor } = limits

/** All updates and mails, in Redis. While it is away everything rejects at once. */
export function createNotificationStore({ client }: Pick<Redis, 'client'>): NotificationStore {
  return {
    async recordUpdate(event) {
      const { id, customerId } = event
      const written = await client.eval(RECORD_UPDATE, {
        keys: [keys.seen(id), keys.since, keys.updatesOf(customerId), keys.updatesForStaff],
        arguments: [
          JSON.stringify(event),
          keys.wake,
          customerId,
          ...[seenFor, updatesPerCustomer, updatesForStaff, updatesFor].map(String),
        ],
      })
      return written === 1
    },

    async recordMail(mail) {
      const written = await client.eval(RECORD_MAIL, {
        keys: [keys.written(mail.id), keys.mails, keys.mailsOf(mail.orderId)],
        arguments: [JSON.stringify(mail), ...[seenFor, mails, mailsFor].map(String)],
      })
      return written === 1
    },

    async startAt(stream, since) {
      const found = await client.eval(FACTS, { keys: [stream, keys.since], arguments: [] })
      return placeIn(factsOf(found as string[]), since)
    },

    async after(stream, cursor, count) {
      const entries = await client.xRange(stream, `(${cursor}`, '+', { COUNT: count })
      return listed<OrderEvent>(entries)
    },

    async listMails({ orderId, limit, cursor }) {
      if (orderId !== '') return mailsOf(orderId, limit, cursor)
      const entries = await client.xRevRange(keys.mails, cursor === '' ? '+' : `(${cursor}`, '-', {
        COUNT: limit,
      })
      return listed<Mail>(entries)
    },
  }

  /** An order has few mails: its index is read whole. One whose mail is no longer kept is left out. */
  async function mailsOf(orderId: string, limit: number, cursor: string): Promise<ListedMail[]> {
    const ids = (await client.lRange(keys.mailsOf(orderId), 0, -1)).toReversed()
    const page = ids.slice(cursor === '' ? 0 : ids.indexOf(cursor) + 1).slice(0, limit)
    const found = await Promise.all(page.map((id) => client.xRange(keys.mails, id, id)))
    return listed<Mail>(found.flat())
  }
}

type Entry = { id: string; message: Record<string, string> } | null

const listed = <T>(entries: readonly Entry[] | null): (T & { cursor: string })[] =>
  (entries ?? []).flatMap((entry) =>
    entry ? [{ ...(JSON.parse(entry.message.content ?? '') as T), cursor: entry.id }] : [],
  )

function factsOf([now = '', since = '', first = '', last = '', dropped = '']: string[]): StreamFacts {
  return { now: Number(now), since: Number(since), first, last, dropped: Number(dropped) }
}

// One millisecond before the first entry that can be, so that a reader may start there.
const SINCE = `
  local time = redis.call('TIME')
  local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('SET', KEYS[2], string.format('%.0f', now - 1), 'NX')
`

const RECORD_UPDATE = `
  if not redis.call('SET', KEYS[1], '', 'NX', 'EX', ARGV[4]) then return 0 end
  ${SINCE}
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'content', ARGV[1])
  redis.call('EXPIRE', KEYS[3], ARGV[7])
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[6], '*', 'content', ARGV[1])
  redis.call('EXPIRE', KEYS[4], ARGV[7])
  redis.call('PUBLISH', ARGV[2], ARGV[3])
  return 1
`

const RECORD_MAIL = `
  if not redis.call('SET', KEYS[1], '', 'NX', 'EX', ARGV[2]) then return 0 end
  local mail = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'content', ARGV[1])
  redis.call('RPUSH', KEYS[3], mail)
  redis.call('EXPIRE', KEYS[3], ARGV[4])
  return 1
`

const FACTS = `
  ${SINCE}
  local facts = { now, redis.call('GET', KEYS[2]), '', '', '0' }
  if redis.call('EXISTS', KEYS[1]) == 0 then return facts end
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  local of = {}
  for i = 1, #info, 2 do of[info[i]] = info[i + 1] end
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  facts[3] = first and first[1] or ''
  facts[4] = of['last-generated-id']
  facts[5] = string.format('%.0f', of['entries-added'] - of['length'])
  return facts
`
