import type { Database } from '#platform/database.ts'
import type { Customer } from './rules.ts'

/** Who the customers are. Every call names the customer first, for the id says which database has the rest. */
export type CustomerStore = {
  find(customerId: string): Promise<Customer | undefined>
  /** Adds or replaces; no customer may be there twice. Counts what was not as given before. */
  put(customers: readonly Customer[]): Promise<{ added: number; changed: number }>
}

type Dependencies = { databaseOf: (customerId: string) => Database; clock: () => Date }

export function createCustomerStore({ databaseOf, clock }: Dependencies): CustomerStore {
  return {
    find: (customerId) => find(databaseOf(customerId), customerId),
    put: async (customers) => {
      const homes = Map.groupBy(customers, ({ customerId }) => databaseOf(customerId))
      const rows = await Promise.all([...homes].map(([database, of]) => put(database, of, clock())))
      const added = rows.flat().filter((row) => row.added).length
      return { added, changed: rows.flat().length - added }
    },
  }
}

type Row = Omit<Customer, 'address' | 'place'> & Customer['address'] & Customer['place']

async function find(database: Database, customerId: string): Promise<Customer | undefined> {
  const [row] = await database.query<Row>(
    `select customer_id as "customerId", name, email, phone, line, city, postcode, country, latitude, longitude
     from customers where customer_id = $1`,
    [customerId],
  )
  if (!row) return undefined
  const { line, city, postcode, country, latitude, longitude, ...contact } = row
  return { ...contact, address: { line, city, postcode, country }, place: { latitude, longitude } }
}

/** One statement; in the order of the ids, so that two of them at once cannot deadlock. */
function put(database: Database, customers: readonly Customer[], at: Date): Promise<{ added: boolean }[]> {
  return database.query(
    `insert into customers as old
       (customer_id, name, email, phone, line, city, postcode, country, latitude, longitude, updated_at)
     select given.*, $11 from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
       $7::text[], $8::text[], $9::float8[], $10::float8[]) as given (customer_id)
     order by given.customer_id
     on conflict (customer_id) do update set
       (name, email, phone, line, city, postcode, country, latitude, longitude, updated_at) =
         (excluded.name, excluded.email, excluded.phone, excluded.line, excluded.city, excluded.postcode,
          excluded.country, excluded.latitude, excluded.longitude, excluded.updated_at)
     where (old.name, old.email, old.phone, old.line, old.city, old.postcode, old.country, old.latitude, old.longitude)
       is distinct from (excluded.name, excluded.email, excluded.phone, excluded.line, excluded.city,
         excluded.postcode, excluded.country, excluded.latitude, excluded.longitude)
     returning old.xmax = 0 as added`,
    [...columns(customers), at],
  )
}

function columns(customers: readonly Customer[]): unknown[][] {
  const column = (value: (customer: Customer) => unknown) => customers.map(value)
  return [
    column(({ customerId }) => customerId),
    column(({ name }) => name),
    column(({ email }) => email),
    column(({ phone }) => phone),
    column(({ address }) => address.line),
    column(({ address }) => address.city),
    column(({ address }) => address.postcode),
    column(({ address }) => address.country),
    column(({ place }) => place.latitude),
    column(({ place }) => place.longitude),
  ]
}
