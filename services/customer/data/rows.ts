import type { Customer } from '#contracts/customer.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { findCustomers } from './customer-queries.ts'

/** In the order of the ids, so that two transactions cannot wait for each other. Answers with the ids of those added. */
export async function insertCustomers(
  tx: Sql,
  customers: readonly Customer[],
  at: Date,
): Promise<Set<string>> {
  const rows = await tx.query<{ customerId: string }>(
    `insert into customers (customer_id, name, email, phone, updated_at)
     select given.*, $5 from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as given (customer_id)
     order by given.customer_id collate "C"
     on conflict (customer_id) do nothing returning customer_id as "customerId"`,
    [...contactsOf(customers), at],
  )
  return new Set(rows.map(({ customerId }) => customerId))
}

/** As they are, and as they stay for everybody else until this transaction ends. */
export async function lockCustomers(
  tx: Sql,
  customers: readonly { customerId: string }[],
): Promise<Map<string, Customer>> {
  if (customers.length === 0) return new Map()
  const ids = customers.map(({ customerId }) => customerId)
  await tx.query(
    'select 1 from customers where customer_id = any($1) order by customer_id for no key update',
    [ids],
  )
  // A statement of its own: one that waits for a lock sees the addresses as they were before it waited.
  const found = await findCustomers(tx, ids)
  return new Map(found.map((customer) => [customer.customerId, customer]))
}

export async function updateContacts(tx: Sql, customers: readonly Customer[], at: Date): Promise<void> {
  if (customers.length === 0) return
  await tx.query(
    `update customers set name = given.name, email = given.email, phone = given.phone, updated_at = $5
     from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as given (id, name, email, phone)
     where customer_id = given.id`,
    [...contactsOf(customers), at],
  )
}

export async function deleteAddresses(tx: Sql, customers: readonly Customer[]): Promise<void> {
  if (customers.length === 0) return
  await tx.query('delete from addresses where customer_id = any($1)', [
    customers.map(({ customerId }) => customerId),
  ])
}

export async function insertAddresses(tx: Sql, customers: readonly Customer[]): Promise<void> {
  const rows = customers.flatMap(({ customerId, addresses }) =>
    addresses.map((address, position) => ({ customerId, position, ...address })),
  )
  if (rows.length === 0) return
  const column = (value: (row: (typeof rows)[number]) => unknown) => rows.map(value)
  await tx.query(
    `insert into addresses
       (customer_id, position, address_id, line, city, postcode, country, latitude, longitude)
     select * from unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::float8[], $9::float8[])`,
    [
      column(({ customerId }) => customerId),
      column(({ position }) => position),
      column(({ addressId }) => addressId),
      column(({ line }) => line),
      column(({ city }) => city),
      column(({ postcode }) => postcode),
      column(({ country }) => country),
      column(({ latitude }) => latitude),
      column(({ longitude }) => longitude),
    ],
  )
}

const contactsOf = (customers: readonly Customer[]): unknown[][] => [
  customers.map(({ customerId }) => customerId),
  customers.map(({ name }) => name),
  customers.map(({ email }) => email),
  customers.map(({ phone }) => phone),
]
