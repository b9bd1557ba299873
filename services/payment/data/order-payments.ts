import type { Minor } from '#contracts/money.ts'
import type { ChargeOrder, ChargeResult, RefundOrder, RefundResult } from '#contracts/payment.ts'
import { appendToOutbox } from '#platform/messaging/outbox.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Declined, decideCharge, decideRefund, type OrderPayment, transferKey } from '../domain/rules.ts'
import { paymentFailed, paymentRefunded, paymentSucceeded } from '../events.ts'
import { book, findAccount, findAmount, lockAccount, transferIdOf } from './ledger.ts'

/** Charges the order once; see `decideCharge`. */
export async function chargeOrder(tx: Sql, request: ChargeOrder, at: Date): Promise<ChargeResult> {
  await lockOrder(tx, request.orderId)
  const payment = await findPayment(tx, request.orderId)
  const account = await lockAccount(tx, request.customerId)
  const decision = decideCharge(request, payment, account)
  switch (decision.kind) {
    case 'charge':
      await charge(tx, request, at)
      return charged(request)
    case 'decline':
      await decline(tx, request, decision.why, at)
      return { kind: 'declined', why: decision.why, balance: Number(account?.balance ?? 0) }
    case 'repeat':
      return answerAgain(request, decision.of, Number(account?.balance ?? 0))
  }
}

const charged = ({ orderId }: ChargeOrder): ChargeResult => ({
  kind: 'charged',
  transferId: transferIdOf(transferKey.charge(orderId)),
})

function answerAgain(request: ChargeOrder, payment: OrderPayment, balance: Minor): ChargeResult {
  switch (payment.status) {
    case 'charged':
      return charged(request)
    case 'declined':
      return { kind: 'declined', why: payment.why, balance }
    case 'voided':
      return { kind: 'voided' }
  }
}

async function charge(tx: Sql, request: ChargeOrder, at: Date): Promise<void> {
  const { orderId, customerId, amount, currency } = request
  const key = transferKey.charge(orderId)
  if (amount > 0) {
    await book(tx, {
      key,
      kind: 'charge',
      customerId,
      house: 'sales',
      gain: -amount,
      currency,
      orderId,
      reason: 'order',
      at,
    })
  }
  await tx.query(
    `insert into order_payments (order_id, customer_id, status, amount, updated_at, sequence)
     values ($1, $2, 'charged', $3, $4, 1)`,
    [orderId, customerId, amount, at],
  )
  await appendToOutbox(tx, [paymentSucceeded(request, at)])
}

async function decline(tx: Sql, request: ChargeOrder, why: Declined, at: Date): Promise<void> {
  await tx.query(
    `insert into order_payments (order_id, customer_id, status, amount, why, updated_at, sequence)
     values ($1, $2, 'declined', 0, $3, $4, 1)`,
    [request.orderId, request.customerId, why, at],
  )
  await appendToOutbox(tx, [paymentFailed(request, why, at)])
}

/**
 * Gives back what `decideRefund` says, once; `everything` voids the order, whether it was charged or not. A refund that
 * moved nothing has left no trace: a repeat is judged anew.
 */
export async function refundOrder(tx: Sql, refund: RefundOrder, at: Date): Promise<RefundResult> {
  await lockOrder(tx, refund.orderId)
  const earlier = await findAmount(tx, transferKey.refund(refund))
  if (earlier !== undefined) return { kind: 'refunded', amount: earlier }
  const payment = await findPayment(tx, refund.orderId)
  const result = decideRefund(refund, payment)
  if (result.kind === 'refused') return result
  if (result.amount > 0 && payment?.customerId)
    await giveBack(tx, refund, payment.customerId, result.amount, at)
  if (refund.kind === 'everything') await voidOrder(tx, refund.orderId, at)
  return result
}

async function giveBack(
  tx: Sql,
  refund: RefundOrder,
  customerId: string,
  amount: Minor,
  at: Date,
): Promise<void> {
  const { orderId, reason } = refund
  const account = await findAccount(tx, customerId)
  if (!account) throw new Error(`order ${orderId} was charged to ${customerId}, who has no account`)
  const { currency } = account
  const key = transferKey.refund(refund)
  await book(tx, {
    key,
    kind: 'refund',
    customerId,
    house: 'sales',
    gain: amount,
    currency,
    orderId,
    reason,
    at,
  })
  const [noted] = await tx.query<{ sequence: number }>(
    `update order_payments set refunded = refunded + $2, updated_at = $3, sequence = sequence + 1
     where order_id = $1 returning sequence`,
    [orderId, amount, at],
  )
  if (!noted) throw new Error(`order ${orderId} was charged and has no payment on record`)
  const { sequence } = noted
  await appendToOutbox(tx, [paymentRefunded(refund, { customerId, currency, amount, sequence }, at)])
}

/** The tombstone after which a late charge comes too late. */
async function voidOrder(tx: Sql, orderId: string, at: Date): Promise<void> {
  await tx.query(
    `insert into order_payments (order_id, status, amount, updated_at) values ($1, 'voided', 0, $2)
     on conflict (order_id) do update set status = 'voided', why = null, updated_at = excluded.updated_at
     where order_payments.status <> 'voided'`,
    [orderId, at],
  )
}

/**
 * One decision at a time per order, also while it has no row that could be locked; until the transaction ends.
 * Taken before the account's lock, always: two transactions never wait for each other.
 */
async function lockOrder(tx: Sql, orderId: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`payment/${orderId}`])
}

async function findPayment(sql: Sql, orderId: string): Promise<OrderPayment | undefined> {
  const rows = await sql.query<OrderPayment>(
    `select customer_id as "customerId", status, amount, refunded, why from order_payments where order_id = $1`,
    [orderId],
  )
  return rows[0]
}
