import type { ListPosition } from './order-list.ts'
import type { ReturnPosition } from './return-list.ts'

/** The last order of a page, as its cursor says it: where it is in the list's own order, and which it is. */
export const writePosition = ({ at, orderId }: ListPosition): string => `${at} ${orderId}`

/** Undefined when `writePosition` did not write it. */
export function readPosition(text: string): ListPosition | undefined {
  const [, at, orderId] = /^(\d{4}-[\d:.T-]+Z|\d{1,19}) ([\w-]{1,64})$/.exec(text) ?? []
  if (!at || !orderId) return undefined
  return at.includes('-') && Number.isNaN(Date.parse(at)) ? undefined : { at, orderId }
}

/** The last return of a page, as its cursor says it. */
export const writeReturnPosition = ({ requestedAt, orderId, number }: ReturnPosition): string =>
  `${requestedAt.toISOString()} ${orderId} ${number}`

/** Undefined when `writeReturnPosition` did not write it. */
export function readReturnPosition(text: string): ReturnPosition | undefined {
  const [, at, orderId, number] = /^(\d{4}-[\d:.T-]+Z) ([\w-]{1,64}) (\d{1,9})$/.exec(text) ?? []
  if (!at || !orderId || !number || Number.isNaN(Date.parse(at))) return undefined
  return { requestedAt: new Date(at), orderId, number: Number(number) }
}
