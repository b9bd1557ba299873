// What the tests of the payment service share.

import { join } from 'node:path'
import type { ChargeOrder, RefundOrder } from '#contracts/payment.ts'
import { newId } from '#platform/ids.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { migrateDatabase } from '#platform/postgres/migrate.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { ensure } from '#platform/testing/expect.ts'
import { createTestDatabase, randomName } from '#platform/testing/fixtures.ts'
import { paymentClient } from './database.ts'
import { createPaymentStore, type PaymentStore } from './store.ts'

export const schemaFolder = join(import.meta.dirname, '../../prisma/payment')

/** The service on a database of its own. */
export async function startPaymentService() {
  const server = await createTestDatabase('payment')
  await migrateDatabase({ url: server.url, schemaFolder })
  const database = openDatabase(server.url, { client: paymentClient })
  const store = createPaymentStore({ database, clock: () => new Date() })
  const drop = async () => {
    await database.close()
    await server.drop()
  }
  return { url: server.url, database, store, drop }
}

/** A new customer whose account holds `balance` minor units. */
export async function customerWith(store: PaymentStore, balance: number): Promise<string> {
  const customerId = randomName('customer')
  await store.createAccount(customerId, 'GBP')
  if (balance > 0) await store.topUp({ customerId, amount: balance, key: 'first' })
  return customerId
}

export const newCharge = (customerId: string, amount: number): ChargeOrder => ({
  orderId: newId(),
  customerId,
  amount,
  currency: 'GBP',
  traceparent: newTraceparent(),
})

export const everythingOf = ({ orderId, traceparent }: ChargeOrder): RefundOrder => ({
  kind: 'everything',
  orderId,
  reason: 'order cancelled',
  traceparent,
})

export const partOf = (
  charge: ChargeOrder,
  part: string,
  amount: number | 'rest',
  beyond: 'cap' | 'refuse' = 'cap',
): RefundOrder => ({ ...everythingOf(charge), kind: 'part', part, amount, beyond })

/** Every transfer sums to zero, every balance is the sum of its entries, and orders agree with the transfers. */
export async function checkBooks(sql: Sql): Promise<void> {
  const unbalanced = await sql.query(
    `select transfers.key from transfers left join entries using (transfer_id) group by transfer_id
     having count(*) <> 2 or sum(entries.amount) <> 0 or max(entries.amount) <> transfers.amount`,
  )
  ensure(unbalanced.length === 0, JSON.stringify(unbalanced))
  const wrongBalances = await sql.query(
    `select account_id from accounts left join entries using (account_id) where kind = 'customer'
     group by account_id having balance <> coalesce(sum(amount), 0) or balance < 0`,
  )
  ensure(wrongBalances.length === 0, JSON.stringify(wrongBalances))
  const wrongOrders = await sql.query(
    `select order_id from order_payments full join (
       select order_id, coalesce(sum(amount) filter (where kind = 'charge'), 0) as charges,
         coalesce(sum(amount) filter (where kind = 'refund'), 0) as refunds
       from transfers where order_id is not null group by order_id) as moved using (order_id)
     where amount is distinct from coalesce(charges, 0) or refunded is distinct from coalesce(refunds, 0)`,
  )
  ensure(wrongOrders.length === 0, JSON.stringify(wrongOrders))
}
