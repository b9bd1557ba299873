import { isDeepStrictEqual } from 'node:util'
import type { Customer } from '#contracts/customer.ts'
import { appendToOutbox } from '#platform/messaging/outbox.ts'
import type { CustomerTransaction } from '../database.ts'
import type { CustomerChanges } from '../domain/rules.ts'
import { customerChanged, type Occasion } from '../events.ts'
import { deleteAddresses, insertAddresses, insertCustomers, lockCustomers, updateContacts } from './rows.ts'

/** Adds or replaces; counts what was not as given before. */
export async function putCustomers(
  tx: CustomerTransaction,
  given: readonly Customer[],
  occasion: Occasion,
): Promise<{ added: number; changed: number }> {
  const ids = await insertCustomers(tx, given, occasion.at)
  const added = given.filter(({ customerId }) => ids.has(customerId))
  const known = given.filter(({ customerId }) => !ids.has(customerId))
  const before = await lockCustomers(tx, known)
  const changed = known.filter((customer) => !isDeepStrictEqual(before.get(customer.customerId), customer))
  await updateContacts(tx, changed, occasion.at)
  await deleteAddresses(tx, changed)
  await complete(tx, [...added, ...changed], occasion)
  return { added: added.length, changed: changed.length }
}

/** Adds those that are new; the others stay as they are. Resolves to how many it added. */
export async function addCustomers(
  tx: CustomerTransaction,
  given: readonly Customer[],
  occasion: Occasion,
): Promise<number> {
  const ids = await insertCustomers(tx, given, occasion.at)
  await complete(
    tx,
    given.filter(({ customerId }) => ids.has(customerId)),
    occasion,
  )
  return ids.size
}

/** False when there is another one of this id; the same one is not added twice. */
export async function createCustomer(
  tx: CustomerTransaction,
  customer: Customer,
  occasion: Occasion,
): Promise<boolean> {
  const added = await insertCustomers(tx, [customer], occasion.at)
  if (added.size === 0) {
    const before = await lockCustomers(tx, [customer])
    return isDeepStrictEqual(before.get(customer.customerId), customer)
  }
  await complete(tx, [customer], occasion)
  return true
}

/** The customer after the changes; undefined when there is none. */
export async function updateCustomer(
  tx: CustomerTransaction,
  customerId: string,
  changes: CustomerChanges,
  occasion: Occasion,
): Promise<Customer | undefined> {
  const before = (await lockCustomers(tx, [{ customerId }])).get(customerId)
  if (!before) return undefined
  const after = { ...before, ...changes }
  await putCustomers(tx, [after], occasion)
  return after
}

/** What comes with each customer that is new or changed: the addresses, and the event. */
async function complete(
  tx: CustomerTransaction,
  customers: readonly Customer[],
  occasion: Occasion,
): Promise<void> {
  await insertAddresses(tx, customers)
  await appendToOutbox(
    tx,
    customers.map(({ customerId }) => customerChanged(customerId, occasion)),
  )
}
