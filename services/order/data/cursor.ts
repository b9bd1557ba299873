import type { ListPosition } from './order-queries.ts'

/** The last order of a page, as its cursor says it. */
export const writePosition = ({ placedAt, orderId }: ListPosition): string =>
  `${placedAt.toISOString()} ${orderId}`

/** Undefined when `writePosition` did not write it. */
export function readPosition(text: string): ListPosition | undefined {
  const [, placed, orderId] = /^(\d{4}-[\d:.T-]+Z) ([\w-]{1,64})$/.exec(text) ?? []
  if (!placed || !orderId) return undefined
  const placedAt = new Date(placed)
  return Number.isNaN(placedAt.getTime()) ? undefined : { placedAt, orderId }
}
