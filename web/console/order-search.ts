import { cancelReasons, orderSources, orderStatuses } from '#contracts/order.ts'
import { isOrderSort, type OrderSort, usualSort } from '#contracts/order-list.ts'

const several = { status: orderStatuses, source: orderSources, reason: cancelReasons } as const
const texts = ['q', 'customerId', 'productId', 'reference', 'country'] as const
const times = ['placedFrom', 'placedBefore', 'updatedSince'] as const
const amounts = ['totalMin', 'totalMax'] as const

/** Which orders, as the address and the API say it; what is absent lets all through. */
export type OrderSearch = {
  [Name in keyof typeof several]?: (typeof several)[Name][number][]
} & { [Name in (typeof texts)[number]]?: string } & {
  /** ISO 8601. */
  [Name in (typeof times)[number]]?: string
} & {
  /** Minor units. */
  [Name in (typeof amounts)[number]]?: number
} & { stuck?: boolean; sort?: OrderSort }

/** What is not understood is left out, and so is what says nothing. */
export function orderSearchOf(search: Record<string, unknown>): OrderSearch {
  const found: Record<string, unknown> = {}
  for (const [name, known] of Object.entries(several)) {
    const values = [search[name]].flat().filter((one) => (known as readonly unknown[]).includes(one))
    if (values.length > 0) found[name] = values
  }
  for (const name of texts) {
    const given = search[name]
    const text = typeof given === 'number' ? String(given) : typeof given === 'string' ? given.trim() : ''
    if (text !== '') found[name] = text
  }
  for (const name of times) {
    const given = search[name]
    const at = new Date(typeof given === 'string' ? given : Number.NaN)
    if (!Number.isNaN(at.getTime())) found[name] = at.toISOString()
  }
  for (const name of amounts) {
    const amount = search[name] === '' ? Number.NaN : Number(search[name] ?? Number.NaN)
    if (Number.isSafeInteger(amount) && amount >= 0) found[name] = amount
  }
  if (search.stuck === true || search.stuck === 'true') found.stuck = true
  const { sort } = search
  if (typeof sort === 'string' && isOrderSort(sort) && sort !== usualSort) found.sort = sort
  return found
}

/** How many filters are not among those that are always shown. */
export const hiddenFilters = (search: OrderSearch): number =>
  [...texts.slice(1), ...times, ...amounts].filter((name) => search[name] !== undefined).length
