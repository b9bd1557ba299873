import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ShipmentStatus } from '#contracts/logistics.ts'
import { eventTypes, type ParcelOutcome } from '#contracts/notification.ts'
import { cancelReasons } from '#contracts/order.ts'
import { newEvent } from '../fixtures.ts'
import { hasTemplate, mailOf } from './mails.ts'

const parcel = (status: ShipmentStatus, warehouseId = 'london'): ParcelOutcome => ({
  shipmentId: 's1',
  warehouseId,
  status,
  amount: 400,
  pieces: [{ productId: '85123A', quantity: 2 }],
})

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

  it('repeats nothing that staff or a service wrote, whatever it is about', () => {
    const given = { note: 'the canary sings', by: 'staff:canary', change: 'canary', reason: 'a canary' }
    for (const type of eventTypes) {
      const mail = mailOf(
        newEvent({ ...given, type, shipments: [parcel('delivered'), parcel('lost')] }),
        'Ann',
      )
      assert.doesNotMatch(JSON.stringify(mail ?? {}), /canary/, type)
    }
  })

  it('says what is missing, and until when to decide', () => {
    const note = '2 of 5 85123A (line 1); to be decided before 2026-01-01T12:30:00.000Z'
    const mail = mailOf(
      newEvent({ type: 'order.awaiting_customer', change: 'missing', note, by: 'system' }),
      '',
    )
    assert.match(mail?.text ?? '', /\(2 of 5 85123A \(line 1\); to be decided before 2026/)
  })

  it('says which parcels a cancellation came too late for, and what goes back', () => {
    const shipments = [parcel('delivered', 'london'), parcel('cancelled', 'berlin')]
    const event = {
      type: 'order.cancel_refused' as const,
      shipments,
      refunded: 400,
      currency: 'GBP' as const,
    }
    const mail = mailOf(newEvent(event), 'Ann')
    assert.equal(mail?.template, 'order_cancel_refused')
    assert.equal(mail?.subject, 'Your cancellation came too late for part of your order')
    assert.match(
      mail?.text ?? '',
      /came too late for:\n- the parcel from london with 2 × 85123A: delivered\n/,
    )
    assert.match(mail?.text ?? '', /- the parcel from berlin with 2 × 85123A: on its way back to us\n/)
    assert.match(mail?.text ?? '', /goes back to your account: GBP 4\.00 so far\./)
    const whole = mailOf(newEvent({ ...event, shipments: [parcel('delivered')] }), 'Ann')
    assert.equal(whole?.subject, 'Your cancellation came too late')
    assert.doesNotMatch(whole?.text ?? '', /goes back/)
  })

  it('does not call an order complete of which a parcel was lost or came back', () => {
    const completed = (...shipments: ParcelOutcome[]) =>
      mailOf(newEvent({ type: 'order.completed', status: 'completed', shipments }), 'Ann')
    assert.match(completed(parcel('delivered'))?.text ?? '', /all of it has arrived/)
    for (const status of ['lost', 'cancelled'] as const) {
      const mail = completed(parcel('delivered'), parcel(status))
      assert.equal(mail?.template, 'order_completed_in_part')
      assert.doesNotMatch(`${mail?.subject} ${mail?.text}`, /complete|Your order has arrived/)
      assert.match(mail?.text ?? '', /This has not:\n- the parcel from london/)
    }
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
