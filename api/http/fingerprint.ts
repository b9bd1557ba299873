import { createHash } from 'node:crypto'

/** SHA-256 (hex) of a JSON value; the order of an object's fields makes no difference. */
export const fingerprintOf = (value: unknown): string =>
  createHash('sha256').update(canonical(value)).digest('hex')

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (isPlainObject(part) ? sorted(part) : part)) ?? ''

const isPlainObject = (part: unknown): part is Record<string, unknown> =>
  typeof part === 'object' && part !== null && !Array.isArray(part)

const sorted = (object: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
