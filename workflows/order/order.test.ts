import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { failureTypes } from '#contracts/failures.ts'
import type { CancelReason } from '#contracts/order.ts'
import { until } from '#platform/testing/fixtures.ts'
import {
  always,
  failing,
  gate,
  obligingRefund,
  refunds,
  reservedChange,
  reservedFrom,
} from '#tests/support/services.ts'
import { type OrderCase, type OrderWorld, startOrderWorld } from '#tests/support/workflow.ts'

const handedOff = { type: 'handed_off' as const, transferId: 't1' }
const patience = { decisionTimeout: 60_000, parcelDeadline: 3_600_000, stepPatience: 3_600_000 }

describe('the order workflow', () => {
  let world: OrderWorld
  beforeAll(async () => {
    world = await startOrderWorld('time-skipping')
  })
  afterAll(() => world.stop())

  const cancelled = (reason: CancelReason, charged = 0, refunded = 0) => ({
    status: 'cancelled',
    reason,
    charged,
    refunded,
  })
  const completed = (charged: number, refunded = 0) => ({
    status: 'completed',
    reason: null,
    charged,
    refunded,
  })

  describe('on its way', () => {
    it('reserves, charges, hands off and completes when the parcel is delivered', async () => {
      const order = world.order()
      expect(((await order.place()) as { status: string }).status).toBe('pending')
      await order.reach('shipping')
      await order.deliver()
      expect(await order.outcome()).toStrictEqual(completed(800))
      expect(order.steps).toStrictEqual([
        'reserved',
        'handed_off',
        'shipment_moved',
        'shipment_moved',
        'shipment_moved',
        'completed',
      ])
    })

    it('answers a repeat as the first time while it runs, and with its end afterwards', async () => {
      const order = world.order()
      const placed = await order.place()
      await order.reach('shipping')
      expect(await order.place()).toStrictEqual(placed)
      await order.deliver()
      await order.outcome()
      expect(await order.place()).toStrictEqual({ ...placed, status: 'completed' })
      expect(order.count('recordOrder')).toBe(1)
    })

    it('does nothing for an order whose earlier run has ended', async () => {
      const order = world.order()
      order.record.bring(
        reservedChange(order.request),
        handedOff,
        {
          type: 'shipment_moved',
          shipmentId: `${order.orderId}-1`,
          status: 'delivered',
        },
        { type: 'completed' },
      )
      expect(((await order.place()) as { status: string }).status).toBe('completed')
      expect((await order.outcome()).status).toBe('completed')
      expect(order.calls.map(({ name }) => name)).toStrictEqual(['recordOrder'])
    })

    it('says in words what it waits for', async () => {
      const order = world.order({
        reserveStock: async (request) => reservedFrom(request, ['london', 'berlin']),
      })
      await order.place()
      await order.reach('shipping')
      expect((await order.progress()).waitingFor).toBe('The courier, about 2 shipments.')
      await order.deliver(1)
      await until(
        'one is delivered',
        async () => (await order.progress()).waitingFor === 'The courier, about 1 shipment.',
      )
      await order.deliver(2)
      expect(await order.outcome()).toStrictEqual(completed(800))
    })
  })

  describe('refused', () => {
    const refusals = [
      [
        'invalid',
        'an invalid order',
        { recordOrder: async () => ({ kind: 'refused', problems: ['no lines'], policy: patience }) },
      ],
      [
        'out_of_range',
        'a place no warehouse reaches',
        { reserveStock: async () => ({ kind: 'out_of_range', nearestKm: 9551.2 }) },
      ],
      [
        'invalid',
        'an unknown product',
        { reserveStock: async () => ({ kind: 'unknown_product', productIds: ['X'] }) },
      ],
      [
        'invalid',
        'lines that cost more than any order may',
        { reserveStock: async () => ({ kind: 'too_dear', most: 1_000_000_000_000 }) },
      ],
      [
        'timed_out',
        'stock that was released before it was reserved',
        { reserveStock: async () => ({ kind: 'superseded' }) },
      ],
      [
        'payment_declined',
        'an account without enough money',
        { chargeOrder: async () => ({ kind: 'declined', why: 'insufficient_funds', balance: 5 }) },
      ],
      [
        'payment_declined',
        'a customer without an account',
        { chargeOrder: async () => ({ kind: 'declined', why: 'no_account', balance: 0 }) },
      ],
      [
        'timed_out',
        'a payment that was voided before it was charged',
        { chargeOrder: async () => ({ kind: 'voided' }) },
      ],
    ] as const

    for (const [reason, what, script] of refusals) {
      it(`is cancelled as ${reason} for ${what}, and what was taken goes back in reverse`, async () => {
        const order = world.order(script as object)
        await order.place()
        expect(await order.outcome()).toStrictEqual(cancelled(reason))
        const undone = order.asked('reserveStock', 'chargeOrder', 'releaseStock', 'refundOrder')
        const reserves = 'reserveStock' in script || 'chargeOrder' in script
        expect(undone).toStrictEqual([
          ...(reserves ? ['reserveStock'] : []),
          ...('chargeOrder' in script ? ['chargeOrder', 'refundOrder'] : []),
          ...(reserves ? ['releaseStock'] : []),
        ])
        expect(order.steps.at(-1)).toBe('cancelled')
      })
    }

    it('says on record why: the nearest warehouse, the balance', async () => {
      const far = world.order({ reserveStock: async () => ({ kind: 'out_of_range', nearestKm: 9551.2 }) })
      const poor = world.order({
        chargeOrder: async () => ({ kind: 'declined', why: 'insufficient_funds', balance: 5 }),
      })
      await Promise.all([far.place(), poor.place()])
      await far.outcome()
      await poor.outcome()
      expect(far.history.at(-1)?.note).toBe('the nearest warehouse is 9551 km away')
      expect(poor.history.at(-1)?.note).toBe('0.05 GBP on the account, 8.00 GBP needed')
    })
  })

  describe('moved by hand', () => {
    const move = (order: OrderCase, status: 'sent_to_customer' | 'delivered' | 'lost', shipment = 1) =>
      order.workflows.moveShipment(order.orderId, {
        shipmentId: `${order.orderId}-${shipment}`,
        status,
        by: 'staff:ann',
        note: 'the courier called',
      })

    it('goes on as if the courier had said so, and the history says who did', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      expect(await move(order, 'sent_to_customer')).toStrictEqual({
        orderId: order.orderId,
        status: 'shipping',
      })
      const [moved] = order.history.filter(({ change }) => change.type === 'shipment_moved')
      expect([moved?.by, moved?.note]).toStrictEqual(['staff:ann', 'the courier called'])
      await move(order, 'delivered')
      expect(await order.outcome()).toStrictEqual(completed(800))
    })

    it('is refused for a shipment that is not there, that cannot go there, or whose order has ended', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      const refused = async (shipment = 1) => {
        const answer = await move(order, 'sent_to_customer', shipment)
        return 'refused' in answer ? `${answer.refused} ${answer.message.split(':')[0]}` : 'taken'
      }
      expect(await refused(7)).toBe(`${failureTypes.invalidMove} shipmentId`)
      expect(await refused()).toBe('taken')
      expect(await refused()).toBe(`${failureTypes.invalidMove} status`)
      await order.shipmentEvent('delivered')
      await order.outcome()
      expect(await refused()).toMatch(/^NotFound/)
    })

    it('comes too late when a run before has recorded the end: nothing is paid back', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      order.record.bring(
        { type: 'shipment_moved', shipmentId: `${order.orderId}-1`, status: 'delivered' },
        { type: 'completed' },
      )
      expect(((await move(order, 'lost')) as { refused: string }).refused).toBe(failureTypes.tooLate)
      expect((await order.outcome()).status).toBe('completed')
      expect(order.count('refundOrder')).toBe(0)
    })
  })

  describe('with missing lines', () => {
    const missing = async () => ({
      kind: 'missing' as const,
      missing: [{ lineNumber: 1, productId: '85123A', requested: 6, available: 4 }],
    })

    it('goes on with what the customer amended', async () => {
      const order = world.order({
        reserveStock: async (request) =>
          request.revision === 0 ? missing() : reservedFrom(request, ['london']),
      })
      await order.place()
      await order.reach('awaiting_customer')
      const answer = await order.workflows.decide(order.orderId, {
        kind: 'amend',
        lines: [{ lineNumber: 1, quantity: 4 }],
        by: 'customer:17850',
      })
      expect('refused' in answer).toBe(false)
      await order.reach('shipping')
      await order.deliver()
      expect(await order.outcome()).toStrictEqual(completed(600))
      expect(order.steps.slice(0, 3)).toStrictEqual(['missing', 'amended', 'reserved'])
    })

    it('is cancelled as out_of_stock when the customer does not want the rest', async () => {
      const order = world.order({ reserveStock: missing })
      await order.place()
      await order.reach('awaiting_customer')
      await order.workflows.decide(order.orderId, { kind: 'cancel', by: 'customer:17850' })
      expect(await order.outcome()).toStrictEqual(cancelled('out_of_stock'))
    })

    it('is cancelled as timed_out when nobody decides', async () => {
      const order = world.order({ reserveStock: missing })
      await order.place()
      expect(await order.outcome()).toStrictEqual(cancelled('timed_out'))
      expect(order.count('releaseStock')).toBe(1)
    })

    it('takes a cancel as the answer, though an undo of its own had been left out before', async () => {
      const order = world.order({
        reserveStock: async (request) =>
          request.revision < 2 ? missing() : reservedFrom(request, ['london']),
      })
      await order.place()
      await order.reach('awaiting_customer')
      const lines = [{ lineNumber: 1, productId: '85123A', quantity: 5 }]
      order.record.bring({ type: 'amended', lines })
      await world.env.sleep('31m')
      await until('it asks again', () => order.steps.filter((step) => step === 'missing').length === 2)
      const answer = await order.workflows.decide(order.orderId, { kind: 'cancel', by: 'customer:17850' })
      expect(answer).toStrictEqual({ orderId: order.orderId, status: 'cancelling' })
    })

    it('can be cancelled while the customer is asked', async () => {
      const order = world.order({ reserveStock: missing })
      await order.place()
      await order.reach('awaiting_customer')
      await order.cancel()
      expect(await order.outcome()).toStrictEqual(cancelled('customer'))
    })

    it('refuses a decision that makes no sense, and one that nobody asked for', async () => {
      const order = world.order({ reserveStock: missing })
      await order.place()
      await order.reach('awaiting_customer')
      const amend = (lineNumber: number, quantity: number) =>
        order.workflows.decide(order.orderId, {
          kind: 'amend',
          lines: [{ lineNumber, quantity }],
          by: 'customer:17850',
        })
      expect(await amend(9, 1)).toStrictEqual({
        refused: failureTypes.invalidAmendment,
        message: 'lines[0].lineNumber: the order has no line 9',
      })
      expect(await amend(1, -1)).toStrictEqual({
        refused: failureTypes.invalidAmendment,
        message: 'lines[0].quantity: must be a whole number from 0 to 1000000',
      })
      expect(((await amend(1, 1.5)) as { refused: string }).refused).toBe(failureTypes.invalidAmendment)
      const none = await order.workflows.decide(order.orderId, {
        kind: 'amend',
        lines: [
          { lineNumber: 1, quantity: 0 },
          { lineNumber: 2, quantity: 0 },
        ],
        by: 'customer:17850',
      })
      expect((none as { refused: string }).refused).toBe(failureTypes.invalidAmendment)
      await order.workflows.decide(order.orderId, { kind: 'cancel', by: 'customer:17850' })
      await order.outcome()

      const other = world.order()
      await other.place()
      await other.reach('shipping')
      const unasked = await other.workflows.decide(other.orderId, { kind: 'cancel', by: 'customer:17850' })
      expect((unasked as { refused: string }).refused).toBe(failureTypes.notAwaitingDecision)
      await other.deliver()
      await other.outcome()
    })
  })

  describe('when a service is away', () => {
    it('gives up reserving when its patience is over, and releases what may have been taken', async () => {
      const order = world.order({ reserveStock: always })
      await order.place()
      expect(await order.outcome()).toStrictEqual(cancelled('timed_out'))
      expect(order.count('reserveStock')).toBeGreaterThan(20)
      expect(order.asked('chargeOrder', 'refundOrder', 'releaseStock')).toStrictEqual(['releaseStock'])
      expect(order.history.at(-1)?.note ?? '').toMatch(/reserve kept failing: .*connection refused/)
    })

    it('gives up charging when its patience is over, and undoes both in reverse', async () => {
      const order = world.order({ chargeOrder: always, refundOrder: refunds(0) })
      await order.place()
      expect(await order.outcome()).toStrictEqual(cancelled('timed_out'))
      expect(order.asked('refundOrder', 'releaseStock')).toStrictEqual(['refundOrder', 'releaseStock'])
    })

    it('goes on when the service comes back before its patience is over', async () => {
      const order = world.order({
        chargeOrder: failing(9, async () => ({ kind: 'charged', transferId: 't1' })),
      })
      await order.place()
      await world.env.sleep('10m')
      await order.reach('shipping')
      await order.deliver()
      expect(await order.outcome()).toStrictEqual(completed(800))
      expect(order.steps.slice(0, 4)).toStrictEqual(['reserved', 'stuck', 'unstuck', 'handed_off'])
    })

    it('records an order however long its database is away', async () => {
      const order = world.order({
        recordOrder: failing(12, async () => ({ kind: 'refused', problems: ['no lines'], policy: patience })),
      })
      expect(await order.place({ waitFor: 500 })).toStrictEqual({ pending: true })
      expect(await order.outcome()).toStrictEqual(cancelled('invalid'))
      expect(order.count('recordOrder')).toBe(13)
    })

    it('hands off however long its database is away, with each change once', async () => {
      let tried = 0
      const order = world.order({
        beforeChanges: async ({ changes }) => {
          if (changes.some(({ change }) => change.type === 'handed_off') && tried++ < 10)
            throw new Error('connection refused')
        },
      })
      await order.place()
      await world.env.sleep('30m')
      await order.reach('shipping')
      await until('it is handed off', () => order.steps.includes('handed_off'))
      await order.deliver()
      expect(await order.outcome()).toStrictEqual(completed(800))
    })

    it('never gives up a compensation: it fails ten times, shows as stuck, and then works', async () => {
      const release = failing(10, async () => {})
      const order = world.order({
        chargeOrder: async () => ({ kind: 'declined', why: 'no_account', balance: 0 }),
        releaseStock: release,
      })
      await order.place()
      expect(await order.outcome()).toStrictEqual(cancelled('payment_declined'))
      expect(order.count('releaseStock')).toBe(11)
      const stuck = order.history.find(({ change }) => change.type === 'stuck')?.change
      expect(stuck).toStrictEqual({ type: 'stuck', step: 'release', error: 'connection refused' })
      expect(order.steps.indexOf('unstuck')).toBeLessThan(order.steps.indexOf('cancelled'))
    })

    it('never gives up a refund either, and gives back the money once', async () => {
      const order = world.order({ refundOrder: failing(10, refunds(800)) })
      await order.place()
      await order.reach('shipping')
      await order.shipmentEvent('lost')
      expect(await order.outcome()).toStrictEqual(cancelled('lost', 800, 800))
      expect(order.count('refundOrder')).toBe(11)
    })

    it('shows the stuck step, its error and since when, to whoever asks', async () => {
      const payment = gate()
      const order = world.order({
        chargeOrder: async () => {
          if (order.count('chargeOrder') <= 6) throw new Error('connection refused')
          await payment.opened
          return { kind: 'charged', transferId: 't1' }
        },
      })
      await order.place()
      await world.env.sleep('10s')
      await until('it is stuck', async () => (await order.progress()).stuck.length > 0)
      const { stuck, waitingFor } = await order.progress()
      expect(stuck[0]?.step).toBe('charge')
      expect(waitingFor).toBe('Stuck at charge: connection refused.')
      const { searchAttributes } = await order.handle.describe()
      expect(searchAttributes.StuckStep).toStrictEqual(['charge'])
      payment.open()
      await world.env.sleep('1m')
      await order.reach('shipping')
      await order.deliver()
      await order.outcome()
    })
  })

  describe('cancelled', () => {
    it('after hand-off: recalled, refunded and released, shipment by shipment', async () => {
      const order = world.order({
        reserveStock: async (request) => reservedFrom(request, ['london', 'berlin']),
      })
      await order.place()
      await order.reach('shipping')
      await order.shipmentEvent('created')
      expect(await order.cancel()).toStrictEqual({
        orderId: order.orderId,
        status: 'cancelling',
        accepted: true,
      })
      expect(await order.outcome()).toStrictEqual(cancelled('customer', 800, 800))
      for (const n of [1, 2]) {
        const about = order.calls.filter(({ request }) =>
          JSON.stringify(request).includes(`${order.orderId}-${n}"`),
        )
        expect(
          about.map(({ name }) => name).filter((name) => /^(recall|refund|release)/.test(name)),
        ).toStrictEqual(['recallShipment', 'refundOrder', 'releaseStock'])
      }
    })

    it('too late for one parcel: that one is kept and paid, the other comes back', async () => {
      const order = world.order({
        reserveStock: async (request) => reservedFrom(request, ['london', 'berlin']),
        recallShipment: async ({ shipmentId }) =>
          shipmentId.endsWith('-1') ? { kind: 'refused', status: 'delivered' } : { kind: 'recalled' },
      })
      await order.place()
      await order.reach('shipping')
      await order.cancel()
      expect(await order.outcome()).toStrictEqual(completed(800, 200))
      expect(order.steps).toContain('cancel_refused')
    })

    /** Two parcels, one of them lost, and a payment service that does not answer yet. */
    async function oneLostAndItsRefundHanging() {
      const payment = gate()
      const order = world.order({
        reserveStock: async (request) => reservedFrom(request, ['london', 'berlin']),
        refundOrder: async (refund) => {
          await payment.opened
          return obligingRefund(refund, 0)
        },
      })
      await order.place()
      await order.reach('shipping')
      await order.shipmentEvent('lost', 1)
      await until('the lost one is refunded', () => order.count('refundOrder') > 0)
      return { order, payment }
    }

    it('holds up no other parcel: its delivery is on record, and a cancel then comes too late', async () => {
      const { order, payment } = await oneLostAndItsRefundHanging()
      await order.shipmentEvent('delivered', 2)
      await until('its delivery is on record', () => order.record.order.shipments[1]?.status === 'delivered')
      expect(((await order.cancel()) as { refused: string }).refused).toBe(failureTypes.tooLate)
      payment.open()
      expect(await order.outcome()).toStrictEqual(completed(800, 600))
      expect(order.count('recallShipment')).toBe(0)
      expect(order.steps.includes('cancelling')).toBe(false)
    })

    it('holds up no recall: the other parcel is asked back at once', async () => {
      const { order, payment } = await oneLostAndItsRefundHanging()
      expect('accepted' in (await order.cancel())).toBe(true)
      await until('it is recalled', () => order.record.order.shipments[1]?.status === 'cancelled')
      payment.open()
      expect(await order.outcome()).toStrictEqual(cancelled('customer', 800, 800))
    })

    it('after the parcel was lost: refunded once, and not taken back', async () => {
      const order = world.order({ recallShipment: async () => ({ kind: 'refused', status: 'lost' }) })
      await order.place()
      await order.reach('shipping')
      await order.cancel()
      expect(await order.outcome()).toStrictEqual(cancelled('customer', 800, 800))
      expect(order.count('releaseStock')).toBe(0)
    })

    it('by a courier that stays away: the recall is never given up', async () => {
      const order = world.order({ recallShipment: failing(10, async () => ({ kind: 'recalled' })) })
      await order.place()
      await order.reach('shipping')
      await order.cancel()
      expect(await order.outcome()).toStrictEqual(cancelled('customer', 800, 800))
      expect(order.count('recallShipment')).toBe(11)
    })

    it('as a workflow, in the Web UI: the same clean undo', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      await order.handle.cancel()
      expect(await order.outcome()).toStrictEqual(cancelled('staff', 800, 800))
    })
  })

  describe('and the courier', () => {
    it('loses every parcel: the money goes back and the order is cancelled as lost', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      await order.shipmentEvent('created')
      await order.shipmentEvent('lost')
      expect(await order.outcome()).toStrictEqual(cancelled('lost', 800, 800))
      expect(order.count('releaseStock')).toBe(0)
    })

    it('loses one of two parcels: that one is refunded and the order completes', async () => {
      const order = world.order({
        reserveStock: async (request) => reservedFrom(request, ['london', 'berlin']),
      })
      await order.place()
      await order.reach('shipping')
      await order.shipmentEvent('lost', 2)
      await order.deliver(1)
      expect(await order.outcome()).toStrictEqual(completed(800, 200))
    })

    it('cancels a parcel itself: refunded and back in stock', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      await order.shipmentEvent('cancelled')
      expect(await order.outcome()).toStrictEqual(cancelled('lost', 800, 800))
      expect(order.count('releaseStock')).toBe(1)
    })

    it('repeats and shuffles its events: each shipment moves forward only', async () => {
      const order = world.order({
        reserveStock: async (request) => reservedFrom(request, ['london', 'berlin']),
      })
      await order.place()
      await order.reach('shipping')
      for (const status of [
        'sent_to_customer',
        'created',
        'sent_to_customer',
        'delivered',
        'lost',
        'delivered',
        'created',
      ] as const) {
        await order.shipmentEvent(status, 1)
      }
      await order.deliver(2)
      expect(await order.outcome()).toStrictEqual(completed(800))
      const moves = order.history.flatMap(({ change }) =>
        change.type === 'shipment_moved' && change.shipmentId.endsWith('-1') ? [change.status] : [],
      )
      expect(moves).toStrictEqual(['sent_to_customer', 'delivered'])
      expect(order.count('refundOrder')).toBe(0)
    })

    it('sends news late: the order shows as stuck until then', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      await order.shipmentEvent('created')
      await world.env.sleep('73h')
      await until('it is stuck', async () => (await order.progress()).stuck[0]?.step === 'track')
      await order.shipmentEvent('delivered')
      expect(await order.outcome()).toStrictEqual(completed(800))
      expect(order.steps.slice(-4)).toStrictEqual(['stuck', 'shipment_moved', 'unstuck', 'completed'])
    })

    it('sends news of an unknown parcel: nothing changes', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      await order.shipmentEvent('lost', 7)
      await order.deliver()
      expect(await order.outcome()).toStrictEqual(completed(800))
    })

    it('sends news after the end, or of an order that never was: it is told so', async () => {
      const order = world.order()
      expect((await order.tell('created')).kind).toBe('ended')
      await order.place()
      await order.reach('shipping')
      await order.deliver()
      await order.outcome()
      expect((await order.tell('lost')).kind).toBe('ended')
    })
  })
})
