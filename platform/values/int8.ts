/** A whole number from a database: beyond 2^53, where a number would be rounded, it is a bigint. Arithmetic that mixes the two throws. */
export type Int8 = number | bigint

export function readInt8(text: string): Int8 {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

/** What Prisma gives for int8. */
export const fromBigInt = (value: bigint): Int8 => (isNumber(value) ? Number(value) : value)

/** Throws beyond 2^53. */
export function numberOf(value: bigint): number {
  if (!isNumber(value)) throw new RangeError(`${value} is more than a number can hold`)
  return Number(value)
}

const isNumber = (value: bigint) => Number.isSafeInteger(Number(value))

type Revive = (field: string, value: unknown) => unknown

/** JSON of which each whole number is an Int8. */
export function parseExactly(text: string, revive: Revive = (_field, value) => value): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text, revive)
  return JSON.parse(text, (field: string, value: unknown, { source = '' }: { source?: string } = {}) =>
    revive(field, typeof value === 'number' && /^-?\d+$/.test(source) ? readInt8(source) : value),
  )
}

// Not in TypeScript's library yet.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/** What `parseExactly` reads. */
export const writeExactly = (value: unknown): string =>
  JSON.stringify(value, (_field, part: unknown) => (typeof part === 'bigint' ? rawJSON(String(part)) : part))
