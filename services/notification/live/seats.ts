import type { Role } from '#contracts/actor.ts'
import type { Redis } from '#platform/redis/redis.ts'
import { keys } from '../data/redis-keys.ts'
import type { LiveLimits } from './limits.ts'

export type Holder = { role: Role; id: string; address: string }

/** Who holds how many connections, counted over all instances. */
export type Seats = {
  /** False when the person or the address has no place left. */
  take(holder: Holder, connection: string): Promise<boolean>
  leave(connection: string): void
  stop(): void
}

type SeatOptions = Pick<Redis, 'client'> & {
  limits: Pick<LiveLimits, 'person' | 'address'>
  /** An instance says this often who is still there, in ms; a place that it no longer speaks of is free after three times that. */
  every?: number
}

/** While Redis is away each instance counts its own. */
export function createSeats({ client, limits, every = 10_000 }: SeatOptions): Seats {
  const taken = new Map<string, readonly Place[]>()
  const lasts = String(3 * every)
  const refreshing = setInterval(() => void refresh().catch(() => {}), every)
  refreshing.unref()

  async function take(holder: Holder, connection: string): Promise<boolean> {
    const places = placesOf(holder, limits)
    const asked = {
      keys: places.map(({ key }) => key),
      arguments: [connection, lasts, ...places.map(maxOf)],
    }
    const isFree = await client.eval(TAKE, asked).then(
      (answer) => answer === 1,
      () => places.every(({ key, most }) => held(key) < most),
    )
    if (isFree) taken.set(connection, places)
    return isFree
  }

  const held = (key: string) =>
    [...taken.values()].filter((places) => places.some((place) => place.key === key)).length

  function leave(connection: string): void {
    const places = taken.get(connection) ?? []
    taken.delete(connection)
    for (const { key } of places) client.zRem(key, connection).catch(() => {})
  }

  async function refresh(): Promise<void> {
    const connections = Map.groupBy(
      [...taken].flatMap(([connection, places]) => places.map(({ key }) => ({ key, connection }))),
      ({ key }) => key,
    )
    for (const [key, all] of connections)
      await client.eval(STAY, { keys: [key], arguments: [lasts, ...all.map(({ connection }) => connection)] })
  }

  return { take, leave, stop: () => clearInterval(refreshing) }
}

type Place = { key: string; most: number }

const placesOf = (
  { role, id, address }: Holder,
  { person, address: most }: SeatOptions['limits'],
): Place[] => [
  { key: keys.liveOf(`${role}:${id}`), most: person[role] },
  { key: keys.liveFrom(address), most },
]

const maxOf = ({ most }: Place) => String(most)

const NOW = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

const TAKE = `
  ${NOW}
  for i, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - ARGV[2])
    if redis.call('ZCARD', key) >= tonumber(ARGV[2 + i]) then return 0 end
  end
  for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, now, ARGV[1])
    redis.call('PEXPIRE', key, ARGV[2])
  end
  return 1
`

const STAY = `
  ${NOW}
  for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now, ARGV[i]) end
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
`
