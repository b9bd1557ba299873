export const dayOrders = ['dmy', 'mdy'] as const
export type DayOrder = (typeof dayOrders)[number]

/** How a file writes days: `either` fits both orders, and they differ. Undefined where the year stands first, or there is no such day. */
export function dayOrderOf(text: string): DayOrder | 'either' | undefined {
  const [, first, mark, second, year] = YEAR_LAST.exec(text) ?? []
  if (first === undefined || second === undefined || mark === '.') return undefined
  if (mark === '-' && year?.length === 2) return undefined
  const isDmy = isDay(first) && isMonth(second)
  const isMdy = isMonth(first) && isDay(second)
  if (isDmy && isMdy) return Number(first) === Number(second) ? undefined : 'either'
  return isDmy ? 'dmy' : isMdy ? 'mdy' : undefined
}

const isDay = (text: string): boolean => Number(text) >= 1 && Number(text) <= 31
const isMonth = (text: string): boolean => Number(text) >= 1 && Number(text) <= 12

const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)(.*)$/

type Parts = { year: string; month: string; day: string; rest: string }

/** The time in ms since 1970; on a London clock unless an offset is named. Undefined when there is no such time. */
export function timeOf(text: string, order: DayOrder | undefined): number | undefined {
  const parts = yearFirst(text) ?? yearLast(text, order) ?? named(text)
  const clock = parts && clockOf(parts.rest)
  if (!parts || !clock) return undefined
  const day = `${parts.year}-${parts.month.padStart(2, '0')}-${parts.day.padStart(2, '0')}`
  const written = `${day}T${clock.time}Z`
  const time = Date.parse(written)
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(time) || new Date(time).toISOString() !== written) return undefined
  return clock.offset === undefined ? utcOfLondon(time) : time - clock.offset
}

function yearFirst(text: string): Parts | undefined {
  const [, year, , month, day, rest] = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)(.*)$/.exec(text) ?? []
  return year && month && day && rest !== undefined ? { year, month, day, rest } : undefined
}

/** With points between, the day comes first everywhere. 01-12-10 may begin with the year, and is none. */
function yearLast(text: string, order: DayOrder | undefined): Parts | undefined {
  const [, first, mark, second, written, rest] = YEAR_LAST.exec(text) ?? []
  if (!first || !second || !written || rest === undefined) return undefined
  if (mark === '-' && written.length === 2) return undefined
  const year = written.length === 4 ? written : `20${written}`
  if (mark === '.' || first === second || order === 'dmy') return { year, month: second, day: first, rest }
  return order === 'mdy' ? { year, month: first, day: second, rest } : undefined
}

const months = 'january february march april may june july august september october november december'.split(
  ' ',
)

/** 1-Dec-10, 1 December 2010. In Finnish, marraskuu is November. */
function named(text: string): Parts | undefined {
  const [, day, name, written, rest] =
    /^(\d{1,2})[- ]([a-z]{3,})[- ](\d{4}|\d{2})(?!\d)(.*)$/i.exec(text) ?? []
  if (!name) return undefined
  const month = months.findIndex((one) => one.startsWith(name.toLowerCase())) + 1
  if (!day || month === 0 || !written || rest === undefined) return undefined
  return { year: written.length === 4 ? written : `20${written}`, month: String(month), day, rest }
}

const CLOCK =
  /^(?:[T ,]\s*(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(?:([AP])\.?M\.?)?\s*(?:(Z|UTC|GMT)|([+-])(0\d|1[0-4]):?([0-5]\d)?)?)?$/i

/** Midnight when there is none; `offset` in ms. */
function clockOf(text: string): { time: string; offset: number | undefined } | undefined {
  const match = CLOCK.exec(text.trimEnd())
  if (!match) return undefined
  const [, hour = '0', minute = '00', second = '00', fraction = '', half, utc, sign, hours, minutes = '0'] =
    match
  const full = half === undefined ? Number(hour) : hourOf(Number(hour), half.toUpperCase())
  if (full === undefined) return undefined
  const time = `${String(full).padStart(2, '0')}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}`
  if (utc !== undefined) return { time, offset: 0 }
  const ahead = (Number(hours) * 60 + Number(minutes)) * 60_000
  return { time, offset: hours === undefined ? undefined : sign === '-' ? -ahead : ahead }
}

/** 12 AM is midnight. */
const hourOf = (hour: number, half: string): number | undefined =>
  hour >= 1 && hour <= 12 ? (hour % 12) + (half === 'P' ? 12 : 0) : undefined

const HOUR = 3_600_000
const hourInLondon = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  hour: '2-digit',
  hourCycle: 'h23',
})

/** Intl is slow, and a day of a shop has few hours. */
const summerHours = new Map<number, boolean>()

/** What a London clock shows, as UTC. */
function utcOfLondon(shown: number): number {
  const hour = Math.floor(shown / HOUR)
  let isSummer = summerHours.get(hour)
  if (isSummer === undefined) {
    isSummer = Number(hourInLondon.format((hour - 1) * HOUR)) === hour % 24
    summerHours.set(hour, isSummer)
  }
  return isSummer ? shown - HOUR : shown
}
