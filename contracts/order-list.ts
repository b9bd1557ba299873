/** What a list of orders can be sorted by. */
export const orderSortKeys = ['placedAt', 'updatedAt', 'total'] as const
export type OrderSortKey = (typeof orderSortKeys)[number]

/** With a minus the greatest, or the latest, comes first. */
export type OrderSort = OrderSortKey | `-${OrderSortKey}`
export const orderSorts: readonly OrderSort[] = orderSortKeys.flatMap((key) => [`-${key}` as const, key])
export const usualSort: OrderSort = '-placedAt'

/** The orders' names of customers are asked for by at most so many. */
export const maxSearchedCustomers = 100

export const isOrderSort = (text: string): text is OrderSort => orderSorts.some((sort) => sort === text)

export function sortOf(sort: OrderSort = usualSort): { key: OrderSortKey; isDescending: boolean } {
  const isDescending = sort.startsWith('-')
  return { key: (isDescending ? sort.slice(1) : sort) as OrderSortKey, isDescending }
}
