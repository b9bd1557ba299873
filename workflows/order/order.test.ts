import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
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

describe('the order workflow', { timeout: 120_000 }, () => {
  let world: OrderWorld
  before(async () => {
    world = await startOrderWorld('time-skipping')
  })
  after(() => world.stop())

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
      assert.equal(((await order.place()) as { status: string }).status, 'pending')
      await order.reach('shipping')
      await order.deliver()
      assert.deepEqual(await order.outcome(), completed(800))
      assert.deepEqual(order.steps, [
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
      assert.deepEqual(await order.place(), placed)
      await order.deliver()
      await order.outcome()
      assert.deepEqual(await order.place(), { ...placed, status: 'completed' })
      assert.equal(order.count('recordOrder'), 1)
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
      assert.equal(((await order.place()) as { status: string }).status, 'completed')
      assert.equal((await order.outcome()).status, 'completed')
      assert.deepEqual(
        order.calls.map(({ name }) => name),
        ['recordOrder'],
      )
    })

    it('says in words what it waits for', async () => {
      const order = world.order({
        reserveStock: async (request) => reservedFrom(request, ['london', 'berlin']),
      })
      await order.place()
      await order.reach('shipping')
      assert.equal((await order.progress()).waitingFor, 'The courier, about 2 shipments.')
      await order.deliver(1)
      await until(
        'one is delivered',
        async () => (await order.progress()).waitingFor === 'The courier, about 1 shipment.',
      )
      await order.deliver(2)
      assert.deepEqual(await order.outcome(), completed(800))
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
        assert.deepEqual(await order.outcome(), cancelled(reason))
        const undone = order.asked('reserveStock', 'chargeOrder', 'releaseStock', 'refundOrder')
        const reserves = 'reserveStock' in script || 'chargeOrder' in script
        assert.deepEqual(undone, [
          ...(reserves ? ['reserveStock'] : []),
          ...('chargeOrder' in script ? ['chargeOrder', 'refundOrder'] : []),
          ...(reserves ? ['releaseStock'] : []),
        ])
        assert.equal(order.steps.at(-1), 'cancelled')
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
      assert.equal(far.history.at(-1)?.note, 'the nearest warehouse is 9551 km away')
      assert.equal(poor.history.at(-1)?.note, '0.05 GBP on the account, 8.00 GBP needed')
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
      assert.deepEqual(await move(order, 'sent_to_customer'), { orderId: order.orderId, status: 'shipping' })
      const [moved] = order.history.filter(({ change }) => change.type === 'shipment_moved')
      assert.deepEqual([moved?.by, moved?.note], ['staff:ann', 'the courier called'])
      await move(order, 'delivered')
      assert.deepEqual(await order.outcome(), completed(800))
    })

    it('is refused for a shipment that is not there, that cannot go there, or whose order has ended', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      const refused = async (shipment = 1) => {
        const answer = await move(order, 'sent_to_customer', shipment)
        return 'refused' in answer ? `${answer.refused} ${answer.message.split(':')[0]}` : 'taken'
      }
      assert.equal(await refused(7), `${failureTypes.invalidMove} shipmentId`)
      assert.equal(await refused(), 'taken')
      assert.equal(await refused(), `${failureTypes.invalidMove} status`)
      await order.news('delivered')
      await order.outcome()
      assert.match(await refused(), /^NotFound/)
    })

    it('comes too late when a run before has recorded the end: nothing is paid back', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      order.record.bring(
        { type: 'shipment_moved', shipmentId: `${order.orderId}-1`, status: 'delivered' },
        { type: 'completed' },
      )
      assert.equal(((await move(order, 'lost')) as { refused: string }).refused, failureTypes.tooLate)
      assert.equal((await order.outcome()).status, 'completed')
      assert.equal(order.count('refundOrder'), 0)
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
      assert.equal('refused' in answer, false)
      await order.reach('shipping')
      await order.deliver()
      assert.deepEqual(await order.outcome(), completed(600))
      assert.deepEqual(order.steps.slice(0, 3), ['missing', 'amended', 'reserved'])
    })

    it('is cancelled as out_of_stock when the customer does not want the rest', async () => {
      const order = world.order({ reserveStock: missing })
      await order.place()
      await order.reach('awaiting_customer')
      await order.workflows.decide(order.orderId, { kind: 'cancel', by: 'customer:17850' })
      assert.deepEqual(await order.outcome(), cancelled('out_of_stock'))
    })

    it('is cancelled as timed_out when nobody decides', async () => {
      const order = world.order({ reserveStock: missing })
      await order.place()
      assert.deepEqual(await order.outcome(), cancelled('timed_out'))
      assert.equal(order.count('releaseStock'), 1)
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
      assert.deepEqual(answer, { orderId: order.orderId, status: 'cancelling' })
    })

    it('can be cancelled while the customer is asked', async () => {
      const order = world.order({ reserveStock: missing })
      await order.place()
      await order.reach('awaiting_customer')
      await order.cancel()
      assert.deepEqual(await order.outcome(), cancelled('customer'))
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
      assert.deepEqual(await amend(9, 1), {
        refused: failureTypes.invalidAmendment,
        message: 'lines[0].lineNumber: the order has no line 9',
      })
      assert.deepEqual(await amend(1, -1), {
        refused: failureTypes.invalidAmendment,
        message: 'lines[0].quantity: must be a whole number from 0 to 1000000',
      })
      assert.equal(((await amend(1, 1.5)) as { refused: string }).refused, failureTypes.invalidAmendment)
      const none = await order.workflows.decide(order.orderId, {
        kind: 'amend',
        lines: [
          { lineNumber: 1, quantity: 0 },
          { lineNumber: 2, quantity: 0 },
        ],
        by: 'customer:17850',
      })
      assert.equal((none as { refused: string }).refused, failureTypes.invalidAmendment)
      await order.workflows.decide(order.orderId, { kind: 'cancel', by: 'customer:17850' })
      await order.outcome()

      const other = world.order()
      await other.place()
      await other.reach('shipping')
      const unasked = await other.workflows.decide(other.orderId, { kind: 'cancel', by: 'customer:17850' })
      assert.equal((unasked as { refused: string }).refused, failureTypes.notAwaitingDecision)
      await other.deliver()
      await other.outcome()
    })
  })

  describe('when a service is away', () => {
    it('gives up reserving when its patience is over, and releases what may have been taken', async () => {
      const order = world.order({ reserveStock: always })
      await order.place()
      assert.deepEqual(await order.outcome(), cancelled('timed_out'))
      assert.ok(order.count('reserveStock') > 20)
      assert.deepEqual(order.asked('chargeOrder', 'refundOrder', 'releaseStock'), ['releaseStock'])
      assert.match(order.history.at(-1)?.note ?? '', /reserve kept failing: .*connection refused/)
    })

    it('gives up charging when its patience is over, and undoes both in reverse', async () => {
      const order = world.order({ chargeOrder: always, refundOrder: refunds(0) })
      await order.place()
      assert.deepEqual(await order.outcome(), cancelled('timed_out'))
      assert.deepEqual(order.asked('refundOrder', 'releaseStock'), ['refundOrder', 'releaseStock'])
    })

    it('goes on when the service comes back before its patience is over', async () => {
      const order = world.order({
        chargeOrder: failing(9, async () => ({ kind: 'charged', transferId: 't1' })),
      })
      await order.place()
      await world.env.sleep('10m')
      await order.reach('shipping')
      await order.deliver()
      assert.deepEqual(await order.outcome(), completed(800))
      assert.deepEqual(order.steps.slice(0, 4), ['reserved', 'stuck', 'unstuck', 'handed_off'])
    })

    it('records an order however long its database is away', async () => {
      const order = world.order({
        recordOrder: failing(12, async () => ({ kind: 'refused', problems: ['no lines'], policy: patience })),
      })
      assert.deepEqual(await order.place({ waitFor: 500 }), { pending: true })
      assert.deepEqual(await order.outcome(), cancelled('invalid'))
      assert.equal(order.count('recordOrder'), 13)
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
      assert.deepEqual(await order.outcome(), completed(800))
    })

    it('never gives up a compensation: it fails ten times, shows as stuck, and then works', async () => {
      const release = failing(10, async () => {})
      const order = world.order({
        chargeOrder: async () => ({ kind: 'declined', why: 'no_account', balance: 0 }),
        releaseStock: release,
      })
      await order.place()
      assert.deepEqual(await order.outcome(), cancelled('payment_declined'))
      assert.equal(order.count('releaseStock'), 11)
      const stuck = order.history.find(({ change }) => change.type === 'stuck')?.change
      assert.deepEqual(stuck, { type: 'stuck', step: 'release', error: 'connection refused' })
      assert.ok(order.steps.indexOf('unstuck') < order.steps.indexOf('cancelled'))
    })

    it('never gives up a refund either, and gives back the money once', async () => {
      const order = world.order({ refundOrder: failing(10, refunds(800)) })
      await order.place()
      await order.reach('shipping')
      await order.news('lost')
      assert.deepEqual(await order.outcome(), cancelled('lost', 800, 800))
      assert.equal(order.count('refundOrder'), 11)
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
      assert.equal(stuck[0]?.step, 'charge')
      assert.equal(waitingFor, 'Stuck at charge: connection refused.')
      const { searchAttributes } = await order.handle.describe()
      assert.deepEqual(searchAttributes.StuckStep, ['charge'])
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
      await order.news('created')
      assert.deepEqual(await order.cancel(), { orderId: order.orderId, status: 'cancelling', accepted: true })
      assert.deepEqual(await order.outcome(), cancelled('customer', 800, 800))
      for (const n of [1, 2]) {
        const about = order.calls.filter(({ request }) =>
          JSON.stringify(request).includes(`${order.orderId}-${n}"`),
        )
        assert.deepEqual(
          about.map(({ name }) => name).filter((name) => /^(recall|refund|release)/.test(name)),
          ['recallShipment', 'refundOrder', 'releaseStock'],
        )
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
      assert.deepEqual(await order.outcome(), completed(800, 200))
      assert.ok(order.steps.includes('cancel_refused'))
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
      await order.news('lost', 1)
      await until('the lost one is refunded', () => order.count('refundOrder') > 0)
      return { order, payment }
    }

    it('holds up no other parcel: its delivery is on record, and a cancel then comes too late', async () => {
      const { order, payment } = await oneLostAndItsRefundHanging()
      await order.news('delivered', 2)
      await until('its delivery is on record', () => order.record.order.shipments[1]?.status === 'delivered')
      assert.equal(((await order.cancel()) as { refused: string }).refused, failureTypes.tooLate)
      payment.open()
      assert.deepEqual(await order.outcome(), completed(800, 600))
      assert.equal(order.count('recallShipment'), 0)
      assert.equal(order.steps.includes('cancelling'), false)
    })

    it('holds up no recall: the other parcel is asked back at once', async () => {
      const { order, payment } = await oneLostAndItsRefundHanging()
      assert.equal('accepted' in (await order.cancel()), true)
      await until('it is recalled', () => order.record.order.shipments[1]?.status === 'cancelled')
      payment.open()
      assert.deepEqual(await order.outcome(), cancelled('customer', 800, 800))
    })

    it('after the parcel was lost: refunded once, and not taken back', async () => {
      const order = world.order({ recallShipment: async () => ({ kind: 'refused', status: 'lost' }) })
      await order.place()
      await order.reach('shipping')
      await order.cancel()
      assert.deepEqual(await order.outcome(), cancelled('customer', 800, 800))
      assert.equal(order.count('releaseStock'), 0)
    })

    it('by a courier that stays away: the recall is never given up', async () => {
      const order = world.order({ recallShipment: failing(10, async () => ({ kind: 'recalled' })) })
      await order.place()
      await order.reach('shipping')
      await order.cancel()
      assert.deepEqual(await order.outcome(), cancelled('customer', 800, 800))
      assert.equal(order.count('recallShipment'), 11)
    })

    it('as a workflow, in the Web UI: the same clean undo', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      await order.handle.cancel()
      assert.deepEqual(await order.outcome(), cancelled('staff', 800, 800))
    })
  })

  describe('and the courier', () => {
    it('loses every parcel: the money goes back and the order is cancelled as lost', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      await order.news('created')
      await order.news('lost')
      assert.deepEqual(await order.outcome(), cancelled('lost', 800, 800))
      assert.equal(order.count('releaseStock'), 0)
    })

    it('loses one of two parcels: that one is refunded and the order completes', async () => {
      const order = world.order({
        reserveStock: async (request) => reservedFrom(request, ['london', 'berlin']),
      })
      await order.place()
      await order.reach('shipping')
      await order.news('lost', 2)
      await order.deliver(1)
      assert.deepEqual(await order.outcome(), completed(800, 200))
    })

    it('cancels a parcel itself: refunded and back in stock', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      await order.news('cancelled')
      assert.deepEqual(await order.outcome(), cancelled('lost', 800, 800))
      assert.equal(order.count('releaseStock'), 1)
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
        await order.news(status, 1)
      }
      await order.deliver(2)
      assert.deepEqual(await order.outcome(), completed(800))
      const moves = order.history.flatMap(({ change }) =>
        change.type === 'shipment_moved' && change.shipmentId.endsWith('-1') ? [change.status] : [],
      )
      assert.deepEqual(moves, ['sent_to_customer', 'delivered'])
      assert.equal(order.count('refundOrder'), 0)
    })

    it('sends news late: the order shows as stuck until then', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      await order.news('created')
      await world.env.sleep('73h')
      await until('it is stuck', async () => (await order.progress()).stuck[0]?.step === 'track')
      await order.news('delivered')
      assert.deepEqual(await order.outcome(), completed(800))
      assert.deepEqual(order.steps.slice(-4), ['stuck', 'shipment_moved', 'unstuck', 'completed'])
    })

    it('sends news of an unknown parcel: nothing changes', async () => {
      const order = world.order()
      await order.place()
      await order.reach('shipping')
      await order.news('lost', 7)
      await order.deliver()
      assert.deepEqual(await order.outcome(), completed(800))
    })

    it('sends news after the end, or of an order that never was: it is told so', async () => {
      const order = world.order()
      assert.equal((await order.tell('created')).kind, 'ended')
      await order.place()
      await order.reach('shipping')
      await order.deliver()
      await order.outcome()
      assert.equal((await order.tell('lost')).kind, 'ended')
    })
  })
})
