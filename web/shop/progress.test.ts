import { expect, test } from '@jest/globals'
import { progressOf, returnableOf } from './progress.ts'

const at = (minute: number) => `2026-11-27T10:0${minute}:00.000Z`

test('an order has come as far as its history and its parcels say', () => {
  const placed = { placedAt: at(0), history: [], shipments: [] }
  expect(progressOf(placed).map(({ at }) => at)).toStrictEqual([at(0), null, null, null, null])
  const history = [
    { type: 'placed', at: at(0) },
    { type: 'reserved', at: at(1) },
    { type: 'paid', at: at(2) },
  ]
  const waiting = { status: 'created' as const, movedAt: at(3) }
  const left = { status: 'sent_to_customer' as const, movedAt: at(4) }
  const underway = { placedAt: at(0), history, shipments: [waiting, left] }
  expect(progressOf(underway)).toStrictEqual([
    { step: 'placed', at: at(0) },
    { step: 'reserved', at: at(1) },
    { step: 'paid', at: at(2) },
    { step: 'shipping', at: at(4) },
    { step: 'delivered', at: null },
  ])
  const done = { ...underway, history: [...history, { type: 'completed', at: at(5) }] }
  expect(progressOf(done).at(-1)).toStrictEqual({ step: 'delivered', at: at(5) })
})

test('what has arrived and is in no return may be sent back', () => {
  const line = { lineNumber: 1, productId: 'BAG', quantity: 3, unitPrice: 100 }
  const shipment = { shipmentId: 's', warehouseId: 'london', amount: 300, movedAt: at(1), lines: [line] }
  const back = { number: 1, reason: null, amount: 100, requestedAt: at(2), endedAt: null }
  const returned = [{ ...line, quantity: 2, restocked: 0, writtenOff: 0 }]
  const arrived = { ...shipment, status: 'delivered' as const }
  expect(returnableOf({ shipments: [{ ...shipment, status: 'lost' }], returns: [] })).toStrictEqual([])
  expect(returnableOf({ shipments: [arrived], returns: [] })).toStrictEqual([
    { lineNumber: 1, productId: 'BAG', quantity: 3 },
  ])
  const accepted = { ...back, status: 'accepted' as const, lines: returned }
  expect(returnableOf({ shipments: [arrived], returns: [accepted] })[0]?.quantity).toBe(1)
  const refused = { ...back, status: 'refused' as const, lines: returned }
  expect(returnableOf({ shipments: [arrived], returns: [refused] })[0]?.quantity).toBe(3)
})
