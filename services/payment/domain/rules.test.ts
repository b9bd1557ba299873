import { expect, test } from '@jest/globals'
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
  expect(decideCharge(order, undefined, account)).toStrictEqual({ kind: 'charge' })
  expect(decideCharge({ ...order, amount: 701 }, undefined, account)).toStrictEqual({
    kind: 'decline',
    why: 'insufficient_funds',
  })
  expect(decideCharge(order, undefined, undefined)).toStrictEqual({ kind: 'decline', why: 'no_account' })
})

test('charges an order for nothing even without an account', () => {
  expect(decideCharge({ ...order, amount: 0 }, undefined, undefined)).toStrictEqual({ kind: 'charge' })
})

test('an order that was decided is not decided again, though money came in', () => {
  const declined: OrderPayment = { ...charged, amount: 0, refunded: 0, status: 'declined', why: 'no_account' }
  for (const payment of [charged, declined, { ...charged, status: 'voided' as const }]) {
    expect(decideCharge(order, payment, account)).toStrictEqual({ kind: 'repeat', of: payment })
  }
})

test('will not take another amount, or another customer, for a repeat', () => {
  expect(() => decideCharge({ ...order, amount: 701 }, charged, account)).toThrow(
    /was charged 700 to c, not 701/,
  )
  expect(() => decideCharge({ ...order, customerId: 'd' }, charged, account)).toThrow(/not 700 to d/)
  expect(() => decideCharge({ ...order, amount: -1 }, undefined, account)).toThrow(/-1 is no amount/)
})

test('gives back what is left, and of a part beyond it what is left, or nothing', () => {
  expect(decideRefund(everything, charged)).toStrictEqual(refunded(500))
  for (const beyond of ['cap', 'refuse'] as const) {
    expect(decideRefund(part(499, beyond), charged)).toStrictEqual(refunded(499))
    expect(decideRefund(part(500, beyond), charged)).toStrictEqual(refunded(500))
    expect(decideRefund(part('rest', beyond), charged)).toStrictEqual(refunded(500))
  }
  expect(decideRefund(part(501), charged)).toStrictEqual(refunded(500))
  expect(decideRefund(part(501, 'refuse'), charged)).toStrictEqual(refused(500))
  expect(() => decideRefund(part(-1), charged)).toThrow(/-1 is no amount/)
})

test('has nothing to give back for an order that was never charged, or is voided, or went back in full', () => {
  const back = { ...charged, refunded: 700 }
  for (const payment of [undefined, back, { ...back, status: 'voided' as const }]) {
    expect(decideRefund(everything, payment)).toStrictEqual(refunded(0))
    for (const amount of [100, 'rest'] as const) {
      expect(decideRefund(part(amount), payment)).toStrictEqual(refunded(0))
      expect(decideRefund(part(amount, 'refuse'), payment)).toStrictEqual(refused(0))
    }
  }
})

test('names each wrong field of a top-up', () => {
  expect(topUpProblems({ customerId: '17850', amount: 1_000_000_000_000, key: 'a' })).toStrictEqual([])
  expect(topUpProblems({ customerId: 'a/b', amount: 0.5, key: '' })).toStrictEqual([
    'customer_id: must be 1 to 64 letters, digits, dots, underscores or hyphens, not dots alone',
    'amount: must be a whole number from 1 to 1,000,000,000,000',
    'key: must be 1 to 128 visible ASCII characters',
  ])
})
