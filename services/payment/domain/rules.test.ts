import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChargeOrder, RefundOrder } from '#contracts/payment.ts'
import { type Account, decideCharge, decideRefund, type OrderPayment, topUpProblems } from './rules.ts'

const traceparent = ''
const order: ChargeOrder = { orderId: 'o', customerId: 'c', amount: 700, currency: 'GBP', traceparent }
const account: Account = { customerId: 'c', currency: 'GBP', balance: 700, createdAt: new Date(0) }
const charged: OrderPayment = { status: 'charged', customerId: 'c', amount: 700, refunded: 200, why: null }
const everything: RefundOrder = { kind: 'everything', orderId: 'o', reason: 'order cancelled', traceparent }
const part = (amount: number | 'rest', beyond: 'cap' | 'refuse' = 'cap'): RefundOrder => ({
  ...everything,
  kind: 'part',
  part: 's',
  amount,
  beyond,
})
const refunded = (amount: number) => ({ kind: 'refunded', amount })
const refused = (refundable: number) => ({ kind: 'refused', refundable })

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

test('gives back what is left, and of a part beyond it what is left, or nothing', () => {
  assert.deepEqual(decideRefund(everything, charged), refunded(500))
  for (const beyond of ['cap', 'refuse'] as const) {
    assert.deepEqual(decideRefund(part(499, beyond), charged), refunded(499))
    assert.deepEqual(decideRefund(part(500, beyond), charged), refunded(500))
    assert.deepEqual(decideRefund(part('rest', beyond), charged), refunded(500))
  }
  assert.deepEqual(decideRefund(part(501), charged), refunded(500))
  assert.deepEqual(decideRefund(part(501, 'refuse'), charged), refused(500))
  assert.throws(() => decideRefund(part(-1), charged), /-1 is no amount/)
})

test('has nothing to give back for an order that was never charged, or is voided, or went back in full', () => {
  const back = { ...charged, refunded: 700 }
  for (const payment of [undefined, back, { ...back, status: 'voided' as const }]) {
    assert.deepEqual(decideRefund(everything, payment), refunded(0))
    for (const amount of [100, 'rest'] as const) {
      assert.deepEqual(decideRefund(part(amount), payment), refunded(0))
      assert.deepEqual(decideRefund(part(amount, 'refuse'), payment), refused(0))
    }
  }
})

test('names each wrong field of a top-up', () => {
  assert.deepEqual(topUpProblems({ customerId: '17850', amount: 1_000_000_000_000, key: 'a' }), [])
  assert.deepEqual(topUpProblems({ customerId: 'a/b', amount: 0.5, key: '' }), [
    'customer_id: must be 1 to 64 letters, digits, dots, underscores or hyphens, not dots alone',
    'amount: must be a whole number from 1 to 1,000,000,000,000',
    'key: must be 1 to 128 visible ASCII characters',
  ])
})
