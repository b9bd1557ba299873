import type { Redis } from '#platform/redis/redis.ts'
import { keys as notification } from '../data/redis-keys.ts'
import { memberOf, REMEMBER } from '../data/write-once.ts'
import type { Counted } from './counted.ts'
import { BUCKET, type Durations, durationsOf } from './durations.ts'

/** `seconds` is what a step spans; it is kept for `keptFor` s after it began, and as many can be asked for as are kept. */
export const steps = {
  minute: { seconds: 60, most: 1_440 },
  hour: { seconds: 3_600, most: 720 },
} as const
export type StepName = keyof typeof steps

export type Step = {
  at: Date
  placed: number
  completed: number
  cancelled: number
  charged: number
  refunded: number
}

export type Overview = {
  /** The start of the first step; `to` is in the last one, which goes on. */
  from: Date
  to: Date
  steps: Step[]
  placedBySource: Record<string, number>
  cancelledByReason: Record<string, number>
  /** From an order's record to its end, of those that ended. */
  completion: Durations
  cancellation: Durations
  parcelsLost: number
  lost: number
}

export type OverviewStore = {
  /** Counts nothing of a message that was counted before: then it answers false. */
  count(counted: Counted): Promise<boolean>
  /** The last so many steps up to now. */
  read(per: StepName, many: number, now: Date): Promise<Overview>
}

const root = 'notification:overview'

export const overviewKeys = {
  step: (per: StepName, start: number) => `${root}:${per}:${start}`,
  /** When the orders that have not ended were placed: the latest, and those before them. */
  open: [`${root}:open:latest`, `${root}:open:before`],
} as const

/** One that stays open longer, or while so many others come, is counted without its time. */
const open = { most: 200_000, seconds: 7 * 86_400 }

const startOf = (per: StepName, at: Date) => {
  const { seconds } = steps[per]
  return Math.floor(at.getTime() / 1_000 / seconds) * seconds
}
/** One step more than can be asked for: the first one asked for may begin before. */
const endOf = (per: StepName, start: number) => start + (steps[per].most + 1) * steps[per].seconds

/** What happened per minute and per hour, counted as events come: reading it takes the steps that are asked for, and no order. */
export function createOverviewStore(
  { client }: Pick<Redis, 'client'>,
  bounds: { done?: number; open: number } = { open: open.most },
): OverviewStore {
  return {
    async count({ id, orderId, at, add, marks = '' }) {
      const [minute, hour] = [startOf('minute', at), startOf('hour', at)]
      const counted = await client.eval(COUNT, {
        keys: [
          ...notification.done('overview'),
          ...overviewKeys.open,
          overviewKeys.step('minute', minute),
          overviewKeys.step('hour', hour),
        ],
        arguments: [
          ...memberOf(id, bounds.done),
          String(endOf('minute', minute)),
          String(endOf('hour', hour)),
          marks,
          ...memberOf(orderId).slice(0, 1),
          String(at.getTime()),
          String(bounds.open),
          String(open.seconds),
          ...Object.entries(add).flatMap(([field, by]) => [field, String(by)]),
        ],
      })
      return counted === 1
    },

    async read(per, many, now) {
      const { seconds } = steps[per]
      const last = startOf(per, now)
      const starts = Array.from({ length: many }, (_, i) => last - (many - 1 - i) * seconds)
      const found = await Promise.all(starts.map((start) => client.hGetAll(overviewKeys.step(per, start))))
      const from = new Date((starts[0] ?? last) * 1_000)
      return { from, to: now, ...overviewOf(starts.map((start, i) => [start, found[i] ?? {}])) }
    },
  }
}

type Fields = Record<string, string>

function overviewOf(found: readonly [start: number, Fields][]): Omit<Overview, 'from' | 'to'> {
  const totals = new Map<string, number>()
  for (const [, fields] of found)
    for (const [field, value] of Object.entries(fields))
      totals.set(field, (totals.get(field) ?? 0) + Number(value))
  const family = (name: string): Record<string, number> =>
    Object.fromEntries(
      [...totals].flatMap(([field, value]) =>
        field.startsWith(`${name}:`) ? [[field.slice(name.length + 1), value]] : [],
      ),
    )
  const durations = (name: string) =>
    durationsOf(new Map(Object.entries(family(name)).map(([bucket, many]) => [Number(bucket), many])))
  return {
    steps: found.map(stepOf),
    placedBySource: family('source'),
    cancelledByReason: family('reason'),
    completion: durations('completed'),
    cancellation: durations('cancelled'),
    parcelsLost: totals.get('parcelsLost') ?? 0,
    lost: totals.get('lost') ?? 0,
  }
}

function stepOf([start, fields]: readonly [start: number, Fields]): Step {
  const { placed = 0, completed = 0, cancelled = 0, charged = 0, refunded = 0 } = fields
  return {
    at: new Date(start * 1_000),
    placed: Number(placed),
    completed: Number(completed),
    cancelled: Number(cancelled),
    charged: Number(charged),
    refunded: Number(refunded),
  }
}

/** A message is remembered and counted at once, so that several instances and repeats make one. */
const COUNT = `
  ${REMEMBER}
  ${BUCKET}
  if not remember(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]) then return 0 end
  local marks, order, at, most, lifetime = ARGV[6], ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
  local latest, before = KEYS[3], KEYS[4]

  local function count(field, by)
    redis.call('HINCRBY', KEYS[5], field, by)
    redis.call('HINCRBY', KEYS[6], field, by)
  end

  local function opened()
    redis.call('HSET', latest, order, ARGV[8])
    local size = redis.call('HLEN', latest)
    if size == 1 then redis.call('EXPIRE', latest, 2 * lifetime) end
    if size >= most or redis.call('TTL', latest) <= lifetime then redis.call('RENAME', latest, before) end
  end

  local function ended()
    local since = redis.call('HGET', latest, order) or redis.call('HGET', before, order)
    redis.call('HDEL', latest, order)
    redis.call('HDEL', before, order)
    if since then count(marks .. ':' .. bucketOf(at - tonumber(since)), 1) end
  end

  if marks == 'placed' then opened() elseif marks ~= '' then ended() end
  for i = 11, #ARGV, 2 do count(ARGV[i], ARGV[i + 1]) end
  redis.call('EXPIREAT', KEYS[5], ARGV[4])
  redis.call('EXPIREAT', KEYS[6], ARGV[5])
  return 1
`
