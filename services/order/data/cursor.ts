import type { ListPosition } from './order-list.ts'

/** The last order of a page, as its cursor says it: where it is in the list's own order, and which it is. */
export const writePosition = ({ at, orderId }: ListPosition): string => `${at} ${orderId}`

/** Undefined when `writePosition` did not write it. */
export function readPosition(text: string): ListPosition | undefined {
  const [, at, orderId] = /^(\d{4}-[\d:.T-]+Z|\d{1,19}) ([\w-]{1,64})$/.exec(text) ?? []
  if (!at || !orderId) return undefined
  return at.includes('-') && Number.isNaN(Date.parse(at)) ? undefined : { at, orderId }
}
