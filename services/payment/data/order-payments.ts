import type { Minor } from '#contracts/money.ts'
import type { ChargeOrder, ChargeResult, RefundOrder, RefundResult } from '#contracts/payment.ts'
import type { OrderPaymentModel } from '#generated/prisma/payment/models.ts'
import { appendToOutbox } from '#platform/messaging/outbox.ts'
import { numberOf } from '#platform/values/int8.ts'
import type { PaymentTransaction } from '../database.ts'
import { type Declined, decideCharge, decideRefund, type OrderPayment, transferKey } from '../domain/rules.ts'
import { paymentFailed, paymentRefunded, paymentSucceeded } from '../events.ts'
import { findAccount, findAmount, lockAccount, postTransfer, transferIdOf } from './ledger.ts'

/** Charges the order once; see `decideCharge`. */
export async function chargeOrder(
  tx: PaymentTransaction,
  request: ChargeOrder,
  at: Date,
): Promise<ChargeResult> {
  await lockOrder(tx, request.orderId)
  const payment = await findPayment(tx, request.orderId)
  const account = await lockAccount(tx.prisma, request.customerId)
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

async function charge(tx: PaymentTransaction, request: ChargeOrder, at: Date): Promise<void> {
  const { orderId, customerId, amount, currency } = request
  const key = transferKey.charge(orderId)
  if (amount > 0) {
    await postTransfer(tx.prisma, {
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
  await tx.prisma.$executeRaw`
    insert into order_payments (order_id, customer_id, status, amount, updated_at, sequence)
    values (${orderId}::uuid, ${customerId}, 'charged', ${amount}::bigint, ${at}::timestamptz, 1)`
  await appendToOutbox(tx, [paymentSucceeded(request, at)])
}

async function decline(tx: PaymentTransaction, request: ChargeOrder, why: Declined, at: Date): Promise<void> {
  const { orderId, customerId } = request
  await tx.prisma.orderPayment.createMany({
    data: { orderId, customerId, status: 'declined', amount: 0, why, updatedAt: at, sequence: 1 },
  })
  await appendToOutbox(tx, [paymentFailed(request, why, at)])
}

/**
 * Gives back what `decideRefund` says, once; `everything` voids the order, whether it was charged or not. A refund that
 * moved nothing has left no trace: a repeat is judged anew.
 */
export async function refundOrder(
  tx: PaymentTransaction,
  refund: RefundOrder,
  at: Date,
): Promise<RefundResult> {
  await lockOrder(tx, refund.orderId)
  const earlier = await findAmount(tx.prisma, transferKey.refund(refund))
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
  tx: PaymentTransaction,
  refund: RefundOrder,
  customerId: string,
  amount: Minor,
  at: Date,
): Promise<void> {
  const { orderId, reason } = refund
  const account = await findAccount(tx.prisma, customerId)
  if (!account) throw new Error(`order ${orderId} was charged to ${customerId}, who has no account`)
  const { currency } = account
  const key = transferKey.refund(refund)
  await postTransfer(tx.prisma, {
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
  const { sequence } = await tx.prisma.orderPayment.update({
    where: { orderId },
    data: { refunded: { increment: amount }, updatedAt: at, sequence: { increment: 1 } },
    select: { sequence: true },
  })
  await appendToOutbox(tx, [paymentRefunded(refund, { customerId, currency, amount, sequence }, at)])
}

/** The tombstone after which a late charge comes too late. */
async function voidOrder(tx: PaymentTransaction, orderId: string, at: Date): Promise<void> {
  await tx.prisma.$executeRaw`
    insert into order_payments (order_id, status, amount, updated_at)
    values (${orderId}::uuid, 'voided', 0, ${at}::timestamptz)
    on conflict (order_id) do update set status = 'voided', why = null, updated_at = excluded.updated_at
    where order_payments.status <> 'voided'`
}

/**
 * One decision at a time per order, also while it has no row that could be locked; until the transaction ends.
 * Taken before the account's lock, always: two transactions never wait for each other.
 */
async function lockOrder(tx: PaymentTransaction, orderId: string): Promise<void> {
  await tx.prisma.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`payment/${orderId}`}, 0))`
}

type PaymentRow = Pick<OrderPaymentModel, 'customerId' | 'status' | 'amount' | 'refunded' | 'why'>

async function findPayment(tx: PaymentTransaction, orderId: string): Promise<OrderPayment | undefined> {
  const [row] = await tx.prisma.$queryRaw<PaymentRow[]>`
    select customer_id as "customerId", status, amount, refunded, why from order_payments where order_id = ${orderId}::uuid`
  if (!row) return undefined
  const { customerId, status, amount, refunded, why } = row
  // The table's CHECK says which of them go together.
  return { customerId, status, amount: numberOf(amount), refunded: numberOf(refunded), why } as OrderPayment
}
