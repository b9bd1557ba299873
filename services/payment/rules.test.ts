import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChargeOrder, RefundOrder } from '#contracts/payment.ts'
import { type Account, amountToRefund, decideCharge, type OrderPayment, topUpProblems } from './rules.ts'

const traceparent = ''
const order: ChargeOrder = { orderId: 'o', customerId: 'c', amount: 700, currency: 'GBP', traceparent }
const account: Account = { customerId: 'c', currency: 'GBP', balance: 700, createdAt: new Date(0) }
const charged: OrderPayment = { status: 'charged', customerId: 'c', amount: 700, refunded: 200, why: null }
const everything: RefundOrder = { kind: 'everything', orderId: 'o', reason: 'order cancelled', traceparent }
const part = (amount: number): RefundOrder => ({ ...everything, kind: 'part', shipmentId: 's', amount })

test('charges an account that holds just enough, and declines one penny more', () => {
  assert.deepEqual(decideCharge(order, undefined, account), { kind: 'charge' })
  assert.deepEqual(decideCharge({ ...order, amount: 701 }, undefined, account), {
    kind: 'decline',
    why: 'insufficient_funds',
  })
  assert.deepEqual(decideCharge(order, undefined, undefined), { kind: 'decline', why: 'no_account' })
})

test('charges an order for nothing even without an account', () => {
  assert.deepEqual(decideCharge({ ...order, amount: 0 }, undefined, undefined), { kind: 'charge' })
})

test('an order that was decided is not decided again, though money came in', () => {
  const declined: OrderPayment = { ...charged, amount: 0, refunded: 0, status: 'declined', why: 'no_account' }
  for (const payment of [charged, declined, { ...charged, status: 'voided' as const }]) {
    assert.deepEqual(decideCharge(order, payment, account), { kind: 'repeat', of: payment })
  }
})

test('will not take another amount, or another customer, for a repeat', () => {
  assert.throws(
    () => decideCharge({ ...order, amount: 701 }, charged, account),
    /was charged 700 to c, not 701/,
  )
  assert.throws(() => decideCharge({ ...order, customerId: 'd' }, charged, account), /not 700 to d/)
  assert.throws(() => decideCharge({ ...order, amount: -1 }, undefined, account), /-1 is no amount/)
})

test('gives back what is left, and no part beyond it', () => {
  assert.equal(amountToRefund(everything, charged), 500)
  assert.equal(amountToRefund(part(500), charged), 500)
  assert.throws(() => amountToRefund(part(501), charged), /501 for shipment s is more than the 500 left/)
})

test('has nothing to give back for an order that was never charged, or is voided', () => {
  for (const payment of [undefined, { ...charged, refunded: 700, status: 'voided' as const }]) {
    assert.equal(amountToRefund(everything, payment), 0)
    assert.equal(amountToRefund(part(100), payment), 0)
  }
})

test('names each wrong field of a top-up', () => {
  assert.deepEqual(topUpProblems({ customerId: '17850', amount: 1_000_000_000_000, key: 'a' }), [])
  assert.deepEqual(topUpProblems({ customerId: 'a/b', amount: 0.5, key: '' }), [
    'customer_id: must be 1 to 64 letters, digits, dots, underscores or hyphens',
    'amount: must be a whole number of minor units from 1 to 1000000000000',
    'key: must be 1 to 128 visible ASCII characters',
  ])
})
