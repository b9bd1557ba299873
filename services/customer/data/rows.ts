import type { Customer } from '#contracts/customer.ts'
import type { CustomerTransaction } from '../database.ts'
import { findCustomers } from './customer-queries.ts'

/** In the order of the ids, so that two transactions cannot wait for each other. Answers with the ids of those added. */
export async function insertCustomers(
  { prisma }: CustomerTransaction,
  customers: readonly Customer[],
  updatedAt: Date,
): Promise<Set<string>> {
  const rows = await prisma.customer.createManyAndReturn({
    data: customers
      .map(({ customerId, name, email, phone }) => ({ customerId, name, email, phone, updatedAt }))
      .sort((a, b) => (a.customerId < b.customerId ? -1 : 1)),
    skipDuplicates: true,
    select: { customerId: true },
  })
  return new Set(rows.map(({ customerId }) => customerId))
}

/** As they are, and as they stay for everybody else until this transaction ends. */
export async function lockCustomers(
  tx: CustomerTransaction,
  customers: readonly { customerId: string }[],
): Promise<Map<string, Customer>> {
  if (customers.length === 0) return new Map()
  const ids = customers.map(({ customerId }) => customerId)
  await tx.prisma.$queryRaw`
    select 1 from customers where customer_id = any(${ids}::text[]) order by customer_id for no key update`
  // A statement of its own: one that waits for a lock sees the addresses as they were before it waited.
  const found = await findCustomers(tx, ids)
  return new Map(found.map((customer) => [customer.customerId, customer]))
}

export async function updateContacts(
  { prisma }: CustomerTransaction,
  customers: readonly Customer[],
  at: Date,
): Promise<void> {
  if (customers.length === 0) return
  await prisma.$executeRaw`
    update customers set name = given.name, email = given.email, phone = given.phone, updated_at = ${at}::timestamptz
    from unnest(${customers.map(({ customerId }) => customerId)}::text[], ${customers.map(({ name }) => name)}::text[],
      ${customers.map(({ email }) => email)}::text[], ${customers.map(({ phone }) => phone)}::text[])
      as given (id, name, email, phone)
    where customer_id = given.id`
}

export async function deleteAddresses(
  { prisma }: CustomerTransaction,
  customers: readonly Customer[],
): Promise<void> {
  if (customers.length === 0) return
  const ids = customers.map(({ customerId }) => customerId)
  await prisma.address.deleteMany({ where: { customerId: { in: ids } } })
}

export async function insertAddresses(
  { prisma }: CustomerTransaction,
  customers: readonly Customer[],
): Promise<void> {
  const rows = customers.flatMap(({ customerId, addresses }) =>
    addresses.map((address, position) => ({ ...address, customerId, position })),
  )
  if (rows.length > 0) await prisma.address.createMany({ data: rows })
}
