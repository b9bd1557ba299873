import type { Customer } from '#contracts/customer.ts'
import type { Sql } from '#platform/database.ts'
import { askEach, type Missing, type Shard } from '#platform/sharded.ts'

export type CustomerList = {
  /** Part of the id, name or e-mail address, whatever its capitals; '' is part of every one. */
  search: string
  /** The id after which the list begins; '' is before every one. */
  after: string
  limit: number
}

const customers = `select customer_id as "customerId", name, email, phone, (
    select json_agg(json_build_object('addressId', address_id, 'line', line, 'city', city, 'postcode', postcode,
      'country', country, 'latitude', latitude, 'longitude', longitude) order by position)
    from addresses where addresses.customer_id = customers.customer_id
  ) as addresses from customers`

export function findCustomers(sql: Sql, customerIds: readonly string[]): Promise<Customer[]> {
  return sql.query<Customer>(`${customers} where customer_id = any($1)`, [customerIds])
}

export type CustomerPage = { customers: Customer[]; missing: Missing[] }

/** By id, ascending. Each shard gives its first, and the first of those are the list's. Of shards that do not answer it says so. */
export async function listAcross(shards: readonly Shard[], list: CustomerList): Promise<CustomerPage> {
  const { answers, missing } = await askEach(shards, (sql) => listCustomers(sql, list))
  // As the column's collation sorts them.
  const customers = answers.flat().sort((a, b) => (a.customerId < b.customerId ? -1 : 1))
  return { customers: customers.slice(0, list.limit), missing }
}

function listCustomers(sql: Sql, { search, after, limit }: CustomerList): Promise<Customer[]> {
  return sql.query<Customer>(
    `${customers}
     where customer_id > $2 and (strpos(lower(customer_id), lower($1)) > 0 or strpos(lower(name), lower($1)) > 0
       or strpos(lower(email), lower($1)) > 0)
     order by customer_id limit $3`,
    [search, after, limit],
  )
}
