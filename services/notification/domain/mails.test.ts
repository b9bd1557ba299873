import { describe, expect, it } from '@jest/globals'
import type { ShipmentStatus } from '#contracts/logistics.ts'
import { eventTypes, type ParcelOutcome } from '#contracts/notification.ts'
import { cancelReasons } from '#contracts/order.ts'
import { about } from '#platform/testing/expect.ts'
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
    expect(mailOf(event, 'Ann Example')).toStrictEqual({
      template: 'order_paid',
      subject: 'Your payment is in',
      text: 'Dear Ann Example,\n\nGBP 25.05 arrived. Your parcels leave next.\n\nYour order: o1',
    })
  })

  it('greets nobody by name when there is no such customer', () => {
    expect(mailOf(newEvent({ type: 'order.completed' }), '')?.text ?? '').toMatch(/^Hello,\n/)
  })

  it('is written about these events, and about no others', () => {
    const silent = eventTypes.filter((type) => !hasTemplate(newEvent({ type })))
    expect(silent).toStrictEqual(['order.pending', 'order.reserved', 'order.cancelling', 'payment.succeeded'])
  })

  it('says for each reason why an order is cancelled', () => {
    const mails = cancelReasons.map((reason) => mailOf(newEvent({ type: 'order.cancelled', reason }), 'Ann'))
    expect(mails.map((mail) => mail?.template)).toStrictEqual(
      cancelReasons.map((reason) => `order_cancelled_${reason}`),
    )
    expect(new Set(mails.map((mail) => mail?.text)).size).toBe(cancelReasons.length)
  })

  it('repeats nothing that staff or a service wrote, whatever it is about', () => {
    const given = { note: 'the canary sings', by: 'staff:canary', change: 'canary', reason: 'a canary' }
    for (const type of eventTypes) {
      const mail = mailOf(
        newEvent({ ...given, type, shipments: [parcel('delivered'), parcel('lost')] }),
        'Ann',
      )
      about(type, () => expect(JSON.stringify(mail ?? {})).not.toMatch(/canary/))
    }
  })

  it('says what is missing, and until when to decide', () => {
    const note = '2 of 5 85123A (line 1); to be decided before 2026-01-01T12:30:00.000Z'
    const mail = mailOf(
      newEvent({ type: 'order.awaiting_customer', change: 'missing', note, by: 'system' }),
      '',
    )
    expect(mail?.text ?? '').toMatch(/\(2 of 5 85123A \(line 1\); to be decided before 2026/)
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
    expect(mail?.template).toBe('order_cancel_refused')
    expect(mail?.subject).toBe('Your cancellation came too late for part of your order')
    expect(mail?.text ?? '').toMatch(
      /came too late for:\n- the parcel from london with 2 × 85123A: delivered\n/,
    )
    expect(mail?.text ?? '').toMatch(/- the parcel from berlin with 2 × 85123A: on its way back to us\n/)
    expect(mail?.text ?? '').toMatch(/goes back to your account: GBP 4\.00 so far\./)
    const whole = mailOf(newEvent({ ...event, shipments: [parcel('delivered')] }), 'Ann')
    expect(whole?.subject).toBe('Your cancellation came too late')
    expect(whole?.text ?? '').not.toMatch(/goes back/)
  })

  it('does not call an order complete of which a parcel was lost or came back', () => {
    const completed = (...shipments: ParcelOutcome[]) =>
      mailOf(newEvent({ type: 'order.completed', status: 'completed', shipments }), 'Ann')
    expect(completed(parcel('delivered'))?.text ?? '').toMatch(/all of it has arrived/)
    for (const status of ['lost', 'cancelled'] as const) {
      const mail = completed(parcel('delivered'), parcel(status))
      expect(mail?.template).toBe('order_completed_in_part')
      expect(`${mail?.subject} ${mail?.text}`).not.toMatch(/complete|Your order has arrived/)
      expect(mail?.text ?? '').toMatch(/This has not:\n- the parcel from london/)
    }
  })

  it('promises no money for a return when all had gone back before', () => {
    const refunded = newEvent({ type: 'return.refunded', returnNumber: 2 })
    expect(mailOf(refunded, '')?.text ?? '').toMatch(/Nothing was left to pay back/)
    expect(mailOf({ ...refunded, amount: 100, currency: 'GBP' }, '')?.text ?? '').toMatch(/1.00 went back/)
  })

  it('does without numbers and reasons that it does not know', () => {
    const mail = mailOf(newEvent({ type: 'order.cancelled', reason: 'toString' }), '')
    expect(mail?.template).toBe('order_cancelled')
    expect(mailOf(newEvent({ type: 'payment.refunded' }), '')?.text ?? '').toMatch(
      /^Hello,\n\nYour money went back/,
    )
  })
})
