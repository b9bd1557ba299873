import type { OrderEvent, Update } from '#contracts/notification.ts'
import type { Redis } from '#platform/redis/redis.ts'
import { type Bounds, keys, limits, prefixes } from './data/redis-keys.ts'
import { isBefore, placeIn, type Start, type StreamFacts } from './data/stream-positions.ts'
import { memberOf, REMEMBER } from './data/write-once.ts'
import type { Mail } from './domain/mails.ts'

export type NotificationStore = {
  /** For the customer's screens and the staff's. Of a message that was taken in before nothing: then it answers false. */
  recordUpdate(event: OrderEvent): Promise<boolean>
  /** Writes nothing about a message that was written about before: then it answers false. */
  recordMail(mail: Mail): Promise<boolean>
  /** Where a reader that saw everything up to `since` goes on; without it, at the present end. */
  startAt(since: string | undefined): Promise<Start>
  /** The updates that follow the cursor, oldest first; `list` is `keys.updates`, or a customer's. */
  after(list: string, cursor: string, count: number): Promise<Update[]>
  /** Newest first; `cursor` is that of the last one of the page before. */
  listMails(page: { orderId: string; limit: number; cursor: string }): Promise<ListedMail[]>
}

export type ListedMail = Mail & { cursor: string }

/** All updates and mails, in Redis. While it is away everything rejects at once. */
export function createNotificationStore(
  { client }: Pick<Redis, 'client'>,
  bounds: Bounds = limits,
): NotificationStore {
  return {
    async recordUpdate(event) {
      const { id, customerId } = event
      const written = await client.eval(RECORD_UPDATE, {
        keys: [...keys.done('update'), keys.updates, keys.updatesOf(customerId), keys.since],
        arguments: [
          ...memberOf(id, bounds.done),
          JSON.stringify(event),
          String(bounds.updates),
          String(limits.updatesFor),
          prefixes.updatesOf,
          keys.wake,
          customerId,
        ],
      })
      return written === 1
    },

    async recordMail(mail) {
      const written = await client.eval(RECORD_MAIL, {
        keys: [...keys.done('mail'), keys.mails, keys.mailsOf(mail.orderId)],
        arguments: [
          ...memberOf(mail.id, bounds.done),
          JSON.stringify(mail),
          String(bounds.mails),
          String(limits.mailsFor),
          prefixes.mailsOf,
        ],
      })
      return written === 1
    },

    async startAt(since) {
      const found = await client.eval(FACTS, { keys: [keys.updates, keys.since], arguments: [] })
      return placeIn(factsOf(found as string[]), since)
    },

    async after(list, cursor, count) {
      if (list !== keys.updates) {
        const ids = (await client.lRange(list, 0, -1)).filter((id) => isBefore(cursor, id))
        return entriesAt<OrderEvent>(keys.updates, ids.slice(0, count))
      }
      return listed<OrderEvent>(await client.xRange(list, `(${cursor}`, '+', { COUNT: count }))
    },

    async listMails({ orderId, limit, cursor }) {
      if (orderId !== '') return mailsOf(orderId, limit, cursor)
      const entries = await client.xRevRange(keys.mails, cursor === '' ? '+' : `(${cursor}`, '-', {
        COUNT: limit,
      })
      return listed<Mail>(entries)
    },
  }

  /** An order has few mails: its list is read whole. The mail of the cursor may be gone by now. */
  async function mailsOf(orderId: string, limit: number, cursor: string): Promise<ListedMail[]> {
    const ids = (await client.lRange(keys.mailsOf(orderId), 0, -1)).toReversed()
    const older = cursor === '' ? ids : ids.filter((id) => isBefore(id, cursor))
    return entriesAt<Mail>(keys.mails, older.slice(0, limit))
  }

  /** One that is no longer kept is left out. */
  async function entriesAt<T>(stream: string, ids: readonly string[]) {
    const found = await Promise.all(ids.map((id) => client.xRange(stream, id, id)))
    return listed<T>(found.flat())
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

const NOW = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

// One millisecond before the first entry that can be, so that a reader may start there.
const since = (key: string) => `redis.call('SET', ${key}, string.format('%.0f', now - 1), 'NX')`

/**
 * Appends to a stream and to the list of what it is about. What is too much or too old leaves both: two may go for each
 * that comes, so none stays behind, and a list without any is gone.
 */
const APPEND = `
  ${REMEMBER}
  ${NOW}
  local function append(about)
    if not remember(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]) then return false end
    local stream, content, most, lifetime, prefix = KEYS[3], ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7]
    local id = redis.call('XADD', stream, '*', 'content', content)
    redis.call('EXPIRE', stream, lifetime)
    redis.call('RPUSH', KEYS[4], id)
    redis.call('EXPIRE', KEYS[4], lifetime)
    for _, oldest in ipairs(redis.call('XRANGE', stream, '-', '+', 'COUNT', 2)) do
      local at = tonumber(string.match(oldest[1], '^%d+'))
      if at >= now - lifetime * 1000 and redis.call('XLEN', stream) <= most then break end
      redis.call('XDEL', stream, oldest[1])
      redis.call('LREM', prefix .. cjson.decode(oldest[2][2])[about], 1, oldest[1])
    end
    return true
  end
`

const RECORD_UPDATE = `
  ${APPEND}
  if not append('customerId') then return 0 end
  ${since('KEYS[5]')}
  redis.call('PUBLISH', ARGV[8], ARGV[9])
  return 1
`

const RECORD_MAIL = `
  ${APPEND}
  return append('orderId') and 1 or 0
`

const FACTS = `
  ${NOW}
  ${since('KEYS[2]')}
  local facts = { string.format('%.0f', now), redis.call('GET', KEYS[2]), '', '', '0' }
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
