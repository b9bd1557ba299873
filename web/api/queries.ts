import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Account, AccountPage, EntryPage } from '#contracts/rest/accounts.ts'
import type { Customer } from '#contracts/rest/customers.ts'
import type { OrderDetails, OrderPage } from '#contracts/rest/orders.ts'
import type { ProductPage } from '#contracts/rest/products.ts'
import { ask } from './http.ts'

/** What the pages ask for, each under its key: `live.ts` asks again for what has changed. */

const cursorOf = (page: { nextCursor: string | null }) => page.nextCursor ?? undefined

export const orderQuery = (orderId: string) =>
  queryOptions({
    queryKey: ['order', orderId],
    queryFn: ({ signal }) => ask<OrderDetails>(`/v1/orders/${orderId}`, { signal }),
  })

export type OrderFilters = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export const ordersQuery = (filters: OrderFilters, limit = 50) =>
  infiniteQueryOptions({
    queryKey: ['orders', filters, limit],
    queryFn: ({ pageParam, signal }) =>
      ask<OrderPage>('/v1/orders', { query: { ...filters, limit, cursor: pageParam }, signal }),
    initialPageParam: '',
    getNextPageParam: cursorOf,
  })

export const productsQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: ['products', q],
    queryFn: ({ pageParam, signal }) =>
      ask<ProductPage>('/v1/products', { query: { search: q, limit: 48, cursor: pageParam }, signal }),
    initialPageParam: '',
    getNextPageParam: cursorOf,
  })

export const accountQuery = (customerId: string) =>
  queryOptions({
    queryKey: ['account', customerId],
    queryFn: ({ signal }) => ask<Account>(`/v1/accounts/${customerId}`, { signal }),
  })

export const entriesQuery = (customerId: string) =>
  infiniteQueryOptions({
    queryKey: ['account', customerId, 'entries'],
    queryFn: ({ pageParam, signal }) =>
      ask<EntryPage>(`/v1/accounts/${customerId}/entries`, {
        query: { limit: 50, cursor: pageParam },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: cursorOf,
  })

export const accountsQuery = () =>
  infiniteQueryOptions({
    queryKey: ['accounts'],
    queryFn: ({ pageParam, signal }) =>
      ask<AccountPage>('/v1/accounts', { query: { limit: 100, cursor: pageParam }, signal }),
    initialPageParam: '',
    getNextPageParam: cursorOf,
  })

export const customerQuery = (customerId: string) =>
  queryOptions({
    queryKey: ['customer', customerId],
    queryFn: ({ signal }) => ask<Customer>(`/v1/customers/${customerId}`, { signal }),
    staleTime: 60_000,
  })
