import { formatAmount } from '#contracts/money.ts'

/** 255 as "2.55 GBP". */
export const priced = (amount: number, currency: string): string => `${formatAmount(amount)} ${currency}`

/** 2010-12-01T08:26:00.000Z as "2010-12-01 08:26:00". */
export const inUtc = (iso: string): string => iso.slice(0, 19).replace('T', ' ')

const units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const

/** How long it has been, in the largest unit that fits. */
export function ago(iso: string, now: Date): string {
  const ms = Math.max(now.getTime() - Date.parse(iso), 0)
  const [size, unit] = units.find(([size]) => ms >= size) ?? [1_000, 's']
  return `${Math.floor(ms / size)} ${unit} ago`
}

export const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text
