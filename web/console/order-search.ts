import { type OrderStatus, orderStatuses } from '#contracts/order.ts'

/** Which orders, as the address says it. */
export type OrderSearch = {
  status?: OrderStatus[]
  customerId?: string
  stuck?: boolean
}

const known: ReadonlySet<unknown> = new Set(orderStatuses)

/** What is not understood is left out. */
export function orderSearchOf(search: Record<string, unknown>): OrderSearch {
  const status = [search.status].flat().filter((one) => known.has(one)) as OrderStatus[]
  const { customerId: given } = search
  const customerId = typeof given === 'number' ? String(given) : typeof given === 'string' ? given : ''
  return {
    ...(status.length > 0 && { status }),
    ...(customerId && { customerId }),
    ...((search.stuck === true || search.stuck === 'true') && { stuck: true }),
  }
}
