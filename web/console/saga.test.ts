import { expect, test } from '@jest/globals'
import { sagaOf } from './saga.ts'

const at = (second: number) => `2026-11-27T10:00:${String(second).padStart(2, '0')}.000Z`
const entry = (type: string, second: number, shipmentId: string | null = null) => ({
  type,
  at: at(second),
  shipmentId,
})
const order = {
  status: 'pending' as const,
  reason: null,
  placedAt: at(0),
  endedAt: null,
  total: 0,
  refunded: 0,
  stuckSteps: [],
  history: [entry('placed', 0)],
  shipments: [],
}
const inShort = (facts: Parameters<typeof sagaOf>[0]) =>
  sagaOf(facts).map(({ name, state, undo }) => [name, state, undo?.state ?? '-'].join(' '))

test('a new order is being reserved, and nothing has to be undone yet', () => {
  expect(inShort(order)).toStrictEqual([
    'record done -',
    'reserve running none',
    'charge ahead none',
    'handOff ahead -',
    'complete ahead -',
  ])
})

const paid = {
  ...order,
  total: 500,
  history: [entry('placed', 0), entry('reserved', 1), entry('paid', 3)],
  shipments: [{ shipmentId: 's1', warehouseId: 'london', status: 'created' as const, movedAt: at(4) }],
}

test('an order on its way has each undo ready, and says how long each step took', () => {
  const shipping = { ...paid, status: 'shipping' as const }
  expect(inShort(shipping)).toStrictEqual([
    'record done -',
    'reserve done armed',
    'charge done armed',
    'handOff done -',
    'parcel running armed',
    'complete ahead -',
  ])
  expect(sagaOf(shipping).map(({ took }) => took)).toStrictEqual([null, 1_000, 2_000, 0, null, null])
})

test('a step that fails is stuck, and so is an undo that fails', () => {
  const trouble = { step: 'charge', shipmentId: null, since: at(2), error: 'payment: connection refused' }
  const reserved = { ...order, status: 'reserved' as const, history: paid.history.slice(0, 2) }
  const [, , charge] = sagaOf({ ...reserved, stuckSteps: [trouble] })
  expect([charge?.state, charge?.trouble?.error]).toStrictEqual(['stuck', 'payment: connection refused'])
  const recall = { ...trouble, step: 'recall', shipmentId: 's1' }
  const cancelling = { ...paid, status: 'cancelling' as const, stuckSteps: [recall] }
  expect(inShort(cancelling)).toContain('parcel running stuck')
})

test('a cancelled order shows what was undone, and what it never came to', () => {
  const lost = {
    ...paid.shipments[0],
    shipmentId: 's1',
    warehouseId: 'london',
    status: 'lost' as const,
    movedAt: at(9),
  }
  const undone = {
    ...paid,
    status: 'cancelled' as const,
    reason: 'lost' as const,
    endedAt: at(10),
    refunded: 500,
  }
  expect(inShort({ ...undone, shipments: [lost] })).toStrictEqual([
    'record done -',
    'reserve done done',
    'charge done done',
    'handOff done -',
    'parcel refused released',
    'complete skipped -',
  ])
  const declined = {
    ...order,
    status: 'cancelled' as const,
    reason: 'payment_declined' as const,
    endedAt: at(3),
  }
  expect(inShort({ ...declined, history: paid.history.slice(0, 2) })).toStrictEqual([
    'record done -',
    'reserve done done',
    'charge refused none',
    'handOff skipped -',
    'complete skipped -',
  ])
})
