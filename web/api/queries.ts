import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { maxProductsFound } from '#contracts/limits.ts'
import type { About } from '#contracts/rest/about.ts'
import type { Account, AccountPage, EntryPage } from '#contracts/rest/accounts.ts'
import type { Customer, CustomerPage } from '#contracts/rest/customers.ts'
import type { DeadLetterPage, OpenedDeadLetter } from '#contracts/rest/dead-letters.ts'
import type { CourierHabits, Generators } from '#contracts/rest/demo.ts'
import type { MailPage } from '#contracts/rest/mails.ts'
import type { AttemptList, OpenOrders, OrderDetails, OrderPage } from '#contracts/rest/orders.ts'
import type { Overview } from '#contracts/rest/overview.ts'
import type { ProductPage } from '#contracts/rest/products.ts'
import type { ReturnPage } from '#contracts/rest/returns.ts'
import type { System } from '#contracts/rest/system.ts'
import type { UserPage } from '#contracts/rest/users.ts'
import type { DeliveryPage, Webhook } from '#contracts/rest/webhooks.ts'
import { ask, type Query } from './http.ts'
import { untilLive } from './live.ts'
import { isLong } from './long-lists.ts'

/** What the pages ask for, each under its key: `live.ts` asks again for what has changed. */

type Page = { nextCursor: string | null }

/** A list that is read page by page. */
const listQuery = <P extends Page>(key: readonly unknown[], path: string, query: Query = {}) =>
  infiniteQueryOptions({
    queryKey: [...key, query],
    queryFn: ({ pageParam, signal }) => ask<P>(path, { query: { ...query, cursor: pageParam }, signal }),
    initialPageParam: '',
    getNextPageParam: (page: P) => page.nextCursor ?? undefined,
  })

export const aboutQuery = queryOptions({
  queryKey: ['about'],
  queryFn: ({ signal }) => ask<About>('/v1/about', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

export const orderQuery = (orderId: string) =>
  queryOptions({
    queryKey: ['order', orderId],
    queryFn: ({ signal }) => ask<OrderDetails>(`/v1/orders/${orderId}`, { signal }),
    // An order's changes of status are told; where its parcels are on their way is not.
    refetchInterval: ({ state }) => (state.data?.endedAt === null ? 700 : untilLive()),
  })

export const attemptsQuery = (orderId: string) =>
  queryOptions({
    queryKey: ['order', orderId, 'attempts'],
    queryFn: ({ signal }) => ask<AttemptList>(`/v1/orders/${orderId}/attempts`, { signal }),
    refetchInterval: 2_000,
  })

export const ordersQuery = (filters: Query, limit = 50) => ({
  ...listQuery<OrderPage>(['orders'], '/v1/orders', { ...filters, limit }),
  staleTime: ({ state }: { state: { data: unknown } }) => (isLong(state.data) ? Number.POSITIVE_INFINITY : 0),
})

export const returnsQuery = (filters: Query) => ({
  ...listQuery<ReturnPage>(['returns'], '/v1/returns', { ...filters, limit: 50 }),
  refetchInterval: 5_000,
})

export const overviewQuery = (minutes: number) =>
  queryOptions({
    queryKey: ['overview', minutes],
    queryFn: ({ signal }) => ask<Overview>('/v1/overview', { query: { minutes }, signal }),
    refetchInterval: 5_000,
  })

export const openOrdersQuery = queryOptions({
  queryKey: ['overview', 'open-orders'],
  queryFn: ({ signal }) => ask<OpenOrders>('/v1/overview/open-orders', { signal }),
  refetchInterval: 5_000,
})

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => ask<System>('/v1/system', { signal }),
  refetchInterval: 5_000,
})

export const courierQuery = queryOptions({
  queryKey: ['demo', 'courier'],
  queryFn: ({ signal }) => ask<CourierHabits>('/v1/demo/courier', { signal }),
})

export const generatorsQuery = queryOptions({
  queryKey: ['demo', 'generators'],
  queryFn: ({ signal }) => ask<Generators>('/v1/demo/generators', { signal }),
})

export const productsQuery = (search: string) =>
  listQuery<ProductPage>(['products'], '/v1/products', { search, limit: 48 })

export const productNamesQuery = (productIds: readonly string[]) => {
  const productId = [...new Set(productIds)].sort().slice(0, maxProductsFound)
  return queryOptions({
    queryKey: ['product-names', productId],
    queryFn: async ({ signal }) => {
      const { products } = await ask<ProductPage>('/v1/products', { query: { productId }, signal })
      return new Map(products.map((product) => [product.productId, product.name]))
    },
    enabled: productId.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

export const accountQuery = (customerId: string) =>
  queryOptions({
    queryKey: ['account', customerId],
    queryFn: ({ signal }) => ask<Account>(`/v1/accounts/${customerId}`, { signal }),
  })

export const entriesQuery = (customerId: string) =>
  listQuery<EntryPage>(['account', customerId, 'entries'], `/v1/accounts/${customerId}/entries`)

export const accountsQuery = () => listQuery<AccountPage>(['accounts'], '/v1/accounts', { limit: 100 })

export const customerQuery = (customerId: string) =>
  queryOptions({
    queryKey: ['customer', customerId],
    queryFn: ({ signal }) => ask<Customer>(`/v1/customers/${customerId}`, { signal }),
    staleTime: 60_000,
  })

export const customersQuery = (search: string) =>
  listQuery<CustomerPage>(['customers'], '/v1/customers', { search, limit: 50 })

export const usersQuery = () => listQuery<UserPage>(['users'], '/v1/users', { limit: 100 })

export const mailsQuery = () => listQuery<MailPage>(['mails'], '/v1/mails', { limit: 50 })

export const deadLettersQuery = () =>
  listQuery<DeadLetterPage>(['dead-letters'], '/v1/dead-letters', { limit: 50 })

export const deadLetterQuery = (id: string) =>
  queryOptions({
    queryKey: ['dead-letter', id],
    queryFn: ({ signal }) => ask<OpenedDeadLetter>(`/v1/dead-letters/${id}`, { signal }),
  })

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: ({ signal }) => ask<{ webhooks: Webhook[] }>('/v1/webhooks', { signal }),
})

export const deliveriesQuery = (webhookId: string, status: string) => ({
  ...listQuery<DeliveryPage>(['webhooks', webhookId, 'deliveries'], `/v1/webhooks/${webhookId}/deliveries`, {
    status,
    limit: 20,
  }),
  refetchInterval: 5_000,
})
