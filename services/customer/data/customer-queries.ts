import type { Customer } from '#contracts/customer.ts'
import type { Sql } from '#platform/postgres/database.ts'

import { type Search, searchRows } from '#platform/postgres/search.ts'
import { askEach, type Missing, type Shard } from '#platform/shards/shards.ts'

const table = {
  table: 'customers',
  columns: `customer_id as "customerId", name, email, phone, (
    select json_agg(json_build_object('addressId', address_id, 'line', line, 'city', city, 'postcode', postcode,
      'country', country, 'latitude', latitude, 'longitude', longitude) order by position)
    from addresses where addresses.customer_id = customers.customer_id
  ) as addresses`,
  key: 'customer_id',
  texts: ['customer_id', 'name', 'email'],
}

export function findCustomers(sql: Sql, customerIds: readonly string[]): Promise<Customer[]> {
  return sql.query<Customer>(`select ${table.columns} from customers where customer_id = any($1)`, [
    customerIds,
  ])
}

export type CustomerPage = { customers: Customer[]; missing: Missing[] }

/** By id, ascending. Each shard gives its first, and the first of those are the list's. Of shards that do not answer it says so. */
export async function listAcross(shards: readonly Shard[], list: Search): Promise<CustomerPage> {
  const { answers, missing } = await askEach(shards, (sql) => listCustomers(sql, list))
  // As the column's collation sorts them.
  const customers = answers.flat().sort((a, b) => (a.customerId < b.customerId ? -1 : 1))
  return { customers: customers.slice(0, list.limit), missing }
}

export const listCustomers = (sql: Sql, list: Search): Promise<Customer[]> =>
  searchRows<Customer>(sql, table, list)
