import type { ListPosition } from './reading.ts'

/** Opaque to callers: the last order of a page. */
export const cursorAfter = ({ placedAt, orderId }: ListPosition): string =>
  Buffer.from(`${placedAt.toISOString()} ${orderId}`).toString('base64url')

/** Undefined when `cursorAfter` did not write it; '' included. */
export function readCursor(cursor: string): ListPosition | undefined {
  const text = Buffer.from(cursor, 'base64url').toString()
  const [, placed, orderId] = /^(\d{4}-[\d:.T-]+Z) ([\w-]{1,64})$/.exec(text) ?? []
  if (!placed || !orderId) return undefined
  const placedAt = new Date(placed)
  return Number.isNaN(placedAt.getTime()) ? undefined : { placedAt, orderId }
}
