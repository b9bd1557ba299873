import { locale, texts } from '../texts/index.ts'

const currencyFormats = new Map<string, Intl.NumberFormat>()

/** 255 is £2.55 or as the reader's language writes it. */
export function formatMoney(minor: number, currency: string): string {
  const format =
    currencyFormats.get(currency) ?? new Intl.NumberFormat(locale, { style: 'currency', currency })
  currencyFormats.set(currency, format)
  return format.format(minor / 100)
}

const whole = new Intl.NumberFormat(locale)
export const formatCount = (count: number): string => whole.format(count)

const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' })
const sameDay = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const otherDay = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'long' })

/** In the reader's zone, to the second: for hovering. */
export const exactly = (at: string | Date): string => exact.format(new Date(at))

export function timeOf(at: string | Date): string {
  const date = new Date(at)
  return (date.toDateString() === new Date().toDateString() ? sameDay : otherDay).format(date)
}

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
]

/** "3 minutes ago", "in 2 hours". */
export function ago(at: string | Date, now = Date.now()): string {
  const distance = new Date(at).getTime() - now
  const [unit, length] = units.find(([, length]) => Math.abs(distance) >= length) ?? ['second', 1_000]
  return relative.format(Math.trunc(distance / length), unit)
}

/** 125_000 as "2 min 5 s". */
export function formatDuration(ms: number): string {
  const { ms: milli, s, min, h, d } = texts.units
  if (ms < 1_000) return `${Math.round(ms)} ${milli}`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${ms < 10_000 ? (ms / 1_000).toFixed(1) : seconds} ${s}`
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), d],
    [Math.floor(seconds / 3_600) % 24, h],
    [Math.floor(seconds / 60) % 60, min],
    [seconds % 60, s],
  ]
  const first = parts.findIndex(([amount]) => amount > 0)
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ')
}

const bytes = ['B', 'kB', 'MB', 'GB', 'TB']

/** 12_582_912 as "12.6 MB". */
export function formatBytes(size: number): string {
  const power = size < 1 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), bytes.length - 1)
  return `${(size / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${bytes[power]}`
}

/** The part of an id that people tell apart. */
export const shortId = (id: string): string => (id.length > 12 ? `…${id.slice(-8)}` : id)

/** An order's parcels are numbered: the id is the order's, and the number. */
export const parcelName = (shipmentId: string): string => {
  const [, number] = /^[0-9a-f]{8}-[0-9a-f-]{27}-(\d+)$/.exec(shipmentId) ?? []
  return number ? `${texts.common.parcel} ${number}` : shortId(shipmentId)
}
