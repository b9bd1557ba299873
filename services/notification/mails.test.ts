import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventTypes } from '#contracts/notification.ts'
import { cancelReasons } from '#contracts/order.ts'
import { hasTemplate, mailOf } from './mails.ts'
import { newEvent } from './testing.ts'

describe('a mail', () => {
  it('greets by name, says what happened, and names the order', () => {
    const event = newEvent({ type: 'order.paid', orderId: 'o1', amount: 2505, currency: 'GBP' })
    assert.deepEqual(mailOf(event, 'Ann Example'), {
      template: 'order_paid',
      subject: 'Your payment is in',
      text: 'Dear Ann Example,\n\nGBP 25.05 arrived. Your parcels leave next.\n\nYour order: o1',
    })
  })

  it('greets nobody by name when there is no such customer', () => {
    assert.match(mailOf(newEvent({ type: 'order.completed' }), '')?.text ?? '', /^Hello,\n/)
  })

  it('is written about these events, and about no others', () => {
    const silent = eventTypes.filter((type) => !hasTemplate(newEvent({ type })))
    assert.deepEqual(silent, ['order.pending', 'order.reserved', 'order.cancelling', 'payment.succeeded'])
  })

  it('says for each reason why an order is cancelled', () => {
    const mails = cancelReasons.map((reason) => mailOf(newEvent({ type: 'order.cancelled', reason }), 'Ann'))
    assert.deepEqual(
      mails.map((mail) => mail?.template),
      cancelReasons.map((reason) => `order_cancelled_${reason}`),
    )
    assert.equal(new Set(mails.map((mail) => mail?.text)).size, cancelReasons.length)
  })

  it('repeats what staff noted, and not what the system did', () => {
    const textOf = (reason: string) =>
      mailOf(newEvent({ type: 'order.cancelled', reason, note: 'no parcel arrived' }), 'Ann')?.text ?? ''
    assert.match(textOf('staff'), /no parcel arrived/)
    assert.doesNotMatch(textOf('lost'), /no parcel arrived/)
  })

  it('promises no money for a return when all had gone back before', () => {
    const refunded = newEvent({ type: 'return.refunded', returnNumber: 2 })
    assert.match(mailOf(refunded, '')?.text ?? '', /Nothing was left to pay back/)
    assert.match(mailOf({ ...refunded, amount: 100, currency: 'GBP' }, '')?.text ?? '', /1.00 went back/)
  })

  it('does without numbers and reasons that it does not know', () => {
    const mail = mailOf(newEvent({ type: 'order.cancelled', reason: 'toString' }), '')
    assert.equal(mail?.template, 'order_cancelled')
    assert.match(
      mailOf(newEvent({ type: 'payment.refunded' }), '')?.text ?? '',
      /^Hello,\n\nYour money went back/,
    )
  })
})
