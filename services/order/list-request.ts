import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt'
import { idInWords, isId, isProductId, productIdInWords } from '#contracts/ids.ts'
import { lengths } from '#contracts/limits.ts'
import { maxAmount } from '#contracts/money.ts'
import { cancelReasons, orderSources, orderStatuses } from '#contracts/order.ts'
import { isOrderSort, maxSearchedCustomers, orderSorts } from '#contracts/order-list.ts'
import { type ReturnStatus, returnStatuses } from '#contracts/return.ts'
import type { ListOrdersRequest, ListReturnsRequest } from '#generated/proto/order/v1/order_pb.ts'
import { wholeInWords } from '#platform/values/checks.ts'
import { type TextLimits, textProblem } from '#platform/values/texts.ts'
import type { OrderFilters } from './data/order-list.ts'

const maxOrderIds = 2_000

/** What a cursor is good for; which orders are stuck for Temporal, or whose customers a text names, changes from page to page. */
export const askedFor = ({ customerId, statuses, stuck, filters, sort }: ListOrdersRequest): unknown[] => {
  const { sources = [], reasons = [], reference, productId, country, search } = filters ?? {}
  const { placedFrom, placedBefore, updatedSince, totalMin, totalMax } = filters ?? {}
  return [
    ...[statuses, sources, reasons].map(distinct),
    [customerId, stuck, reference, productId, country, search?.text, sort].map((one) => one || ''),
    [placedFrom, placedBefore, updatedSince].map((at) => dateOf(at)?.toISOString() ?? ''),
    [totalMin, totalMax].map((amount) => amount?.toString() ?? ''),
  ]
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)].sort()
const dateOf = (at: Timestamp | undefined): Date | undefined => at && timestampDate(at)
const given = (text: string | undefined): string | undefined => text || undefined

export function filtersOf(request: ListOrdersRequest): OrderFilters {
  const { customerId, statuses, stuck, orOrderIds, filters } = request
  const { sources = [], reasons = [], search, totalMin, totalMax } = filters ?? {}
  return {
    customerId: given(customerId),
    statuses: distinct(statuses),
    stuck,
    orOrderIds,
    sources,
    reasons,
    reference: given(filters?.reference),
    productId: given(filters?.productId),
    country: given(filters?.country),
    placedFrom: dateOf(filters?.placedFrom),
    placedBefore: dateOf(filters?.placedBefore),
    updatedSince: dateOf(filters?.updatedSince),
    totalMin,
    totalMax,
    search,
  }
}

export const sortIn = ({ sort }: ListOrdersRequest) => (isOrderSort(sort) ? { sort } : {})

/** Each with the field's name. */
export function listProblems({
  customerId,
  statuses,
  orOrderIds,
  filters,
  sort,
}: ListOrdersRequest): string[] {
  const { sources = [], reasons = [], productId = '', search } = filters ?? {}
  return [
    ...problem(customerId === '' || isId(customerId), `customer_id: must be ${idInWords}`),
    ...unknownIn('statuses', statuses, orderStatuses),
    ...problem(orOrderIds.length <= maxOrderIds, `or_order_ids: must be at most ${maxOrderIds}`),
    ...problem(sort === '' || isOrderSort(sort), `sort: must be one of ${orderSorts.join(', ')}`),
    ...unknownIn('filters.sources', sources, orderSources),
    ...unknownIn('filters.reasons', reasons, cancelReasons),
    ...problem(productId === '' || isProductId(productId), `filters.product_id: must be ${productIdInWords}`),
    ...textProblems('filters.reference', filters?.reference, lengths.reference),
    ...textProblems('filters.country', filters?.country, lengths.country),
    ...textProblems('filters.search.text', search?.text, lengths.search),
    ...amountProblems('filters.total_min', filters?.totalMin),
    ...amountProblems('filters.total_max', filters?.totalMax),
    ...problem(
      (search?.customerIds.length ?? 0) <= maxSearchedCustomers,
      `filters.search.customer_ids: must be at most ${maxSearchedCustomers}`,
    ),
  ]
}

const problem = (isRight: boolean, what: string): string[] => (isRight ? [] : [what])

const unknownIn = (field: string, values: readonly string[], known: readonly string[]) =>
  problem(
    values.every((value) => known.includes(value)),
    `${field}: must be of ${known.join(', ')}`,
  )

function textProblems(field: string, text = '', limits: TextLimits): string[] {
  const wrong = textProblem(text, { ...limits, min: 0 })
  return wrong === undefined ? [] : [`${field}: ${wrong}`]
}

const amountProblems = (field: string, amount: bigint | undefined): string[] =>
  problem(
    amount === undefined || (amount >= 0n && amount <= BigInt(maxAmount)),
    `${field}: must be ${wholeInWords(0, maxAmount)}`,
  )

/** `problems` says which are none. */
export function returnStatusesIn(request: Pick<ListReturnsRequest, 'statuses'>) {
  const statuses = distinct(request.statuses) as ReturnStatus[]
  return { statuses, problems: unknownIn('statuses', statuses, returnStatuses) }
}
