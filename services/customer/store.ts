import type { Customer } from '#contracts/customer.ts'
import { commitAndPublish } from '#platform/messaging/outbox.ts'
import type { Search } from '#platform/postgres/search.ts'
import { type CustomerPage, findCustomers, listAcross } from './data/customer-queries.ts'
import { addCustomers, createCustomer, putCustomers, updateCustomer } from './data/write-customers.ts'
import type { CustomerDatabase, CustomerShards, CustomerTransaction } from './database.ts'

import type { CustomerChanges } from './domain/rules.ts'
import type { Occasion } from './events.ts'

/** Who the customers are. Each change of one is told on `customer.events`; what changes nothing writes nothing. */
export type CustomerStore = {
  find(customerId: string): Promise<Customer | undefined>
  /** By id, ascending, of all shards that answer. Throws when none does. */
  list(list: Search): Promise<CustomerPage>
  /** False when there is another customer of this id. */
  create(customer: Customer, traceparent: string): Promise<boolean>
  /** The customer after the changes; undefined when there is none. */
  update(customerId: string, changes: CustomerChanges, traceparent: string): Promise<Customer | undefined>
  /** Adds or replaces; no customer may be duplicated. Counts what was not as given before. */
  put(customers: readonly Customer[], traceparent: string): Promise<{ added: number; changed: number }>
  /** Adds those that are new, and changes none; resolves to how many it added. */
  add(customers: readonly Customer[], traceparent: string): Promise<number>
}

/** A customer is in the shard of the id. */
export function createCustomerStore({
  shards,
  clock,
}: {
  shards: CustomerShards
  clock: () => Date
}): CustomerStore {
  const changing = <T>(
    database: CustomerDatabase,
    traceparent: string,
    work: (tx: CustomerTransaction, occasion: Occasion) => Promise<T>,
  ): Promise<T> => commitAndPublish(database, (tx) => work(tx, { at: clock(), traceparent }))
  const inEachShard = <T>(
    customers: readonly Customer[],
    traceparent: string,
    work: (tx: CustomerTransaction, of: readonly Customer[], occasion: Occasion) => Promise<T>,
  ): Promise<T[]> =>
    Promise.all(
      [...Map.groupBy(customers, ({ customerId }) => shards.ofKey(customerId))].map(([database, of]) =>
        changing(database, traceparent, (tx, occasion) => work(tx, of, occasion)),
      ),
    )
  return {
    find: async (customerId) => (await findCustomers(shards.ofKey(customerId), [customerId]))[0],
    list: (list) => listAcross(shards.all(), list),
    create: (customer, traceparent) =>
      changing(shards.ofKey(customer.customerId), traceparent, (tx, occasion) =>
        createCustomer(tx, customer, occasion),
      ),
    update: (customerId, changes, traceparent) =>
      changing(shards.ofKey(customerId), traceparent, (tx, occasion) =>
        updateCustomer(tx, customerId, changes, occasion),
      ),
    add: async (customers, traceparent) => {
      const counts = await inEachShard(customers, traceparent, addCustomers)
      return counts.reduce((sum, added) => sum + added, 0)
    },
    put: async (customers, traceparent) => {
      const counts = await inEachShard(customers, traceparent, putCustomers)
      return counts.reduce(
        (sum, { added, changed }) => ({ added: sum.added + added, changed: sum.changed + changed }),
        { added: 0, changed: 0 },
      )
    },
  }
}
