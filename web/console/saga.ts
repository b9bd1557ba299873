import { type CancelReason, isFinal, type OrderStep } from '#contracts/order.ts'
import type { HistoryEntry, OrderDetails, Shipment } from '#contracts/rest/orders.ts'

/** `refused`: the answer was no. `skipped`: it never came to it. */
export type StepState = 'done' | 'running' | 'waiting' | 'stuck' | 'refused' | 'skipped' | 'ahead'

/** `armed`: registered before its step ran, and not needed so far. */
export type UndoState = 'armed' | 'running' | 'done' | 'partly' | 'stuck' | 'released' | 'none'

export type Trouble = { since: string; error: string }

export type SagaStep = {
  key: string
  name: 'record' | 'reserve' | 'charge' | 'handOff' | 'parcel' | 'complete'
  shipmentId?: string
  warehouseId?: string
  state: StepState
  /** When it was done. */
  at: string | null
  /** In ms, from when the one before was done. */
  took: number | null
  trouble: Trouble | null
  undo: {
    name: 'release' | 'refund' | 'recall'
    state: UndoState
    at: string | null
    trouble: Trouble | null
  } | null
}

type Facts = Pick<
  OrderDetails,
  'status' | 'reason' | 'placedAt' | 'endedAt' | 'total' | 'refunded' | 'stuckSteps'
> & {
  history: readonly Pick<HistoryEntry, 'type' | 'at' | 'shipmentId'>[]
  shipments: readonly Pick<Shipment, 'shipmentId' | 'warehouseId' | 'status' | 'movedAt'>[]
}

/** Reserving alone can end in these. */
const refusedByReserve: readonly (CancelReason | null)[] = [
  'out_of_range',
  'out_of_stock',
  'timed_out',
  'invalid',
]

/** An order as its saga: each step as it stands, and beside it what would undo it. */
export function sagaOf(order: Facts): SagaStep[] {
  const { status, reason, placedAt, endedAt, history } = order
  const last = (type: string) => history.findLast((entry) => entry.type === type)?.at ?? null
  const reservedAt = last('reserved')
  const paidAt = last('paid')
  const isUndone = status === 'cancelled'
  const isUndoing = status === 'cancelling'
  const isOver = isFinal(status) || isUndoing

  const stuck = (step: OrderStep, shipmentId?: string): Trouble | null =>
    order.stuckSteps.find(
      (one) => one.step === step && (shipmentId === undefined || one.shipmentId === shipmentId),
    ) ?? null

  /** Of a step that is done once its time is known. */
  function stateOf(at: string | null, step: OrderStep | null, isNext: boolean, isRefused = false): StepState {
    if (at) return 'done'
    if (step && stuck(step)) return 'stuck'
    if (isRefused) return 'refused'
    if (isOver) return 'skipped'
    return isNext ? 'running' : 'ahead'
  }

  const reserve: SagaStep = {
    key: 'reserve',
    name: 'reserve',
    state:
      status === 'awaiting_customer'
        ? 'waiting'
        : stateOf(reservedAt, 'reserve', status === 'pending', isUndone && refusedByReserve.includes(reason)),
    at: reservedAt,
    took: null,
    trouble: stuck('reserve'),
    undo: {
      name: 'release',
      ...undoOf(reservedAt, { isUndone, isUndoing, endedAt, trouble: stuck('release') }),
      ...(status === 'completed' && { state: 'released' as const, at: null }),
    },
  }
  const charge: SagaStep = {
    key: 'charge',
    name: 'charge',
    state: stateOf(paidAt, 'charge', status === 'reserved', isUndone && reason === 'payment_declined'),
    at: paidAt,
    took: null,
    trouble: stuck('charge'),
    undo: { name: 'refund', ...refundOf(order, paidAt, last('refunded'), stuck('refund')) },
  }
  const handOff: SagaStep = {
    key: 'handOff',
    name: 'handOff',
    state: stateOf(paidAt, null, status === 'paid'),
    at: paidAt,
    took: null,
    trouble: null,
    undo: null,
  }
  const steps: SagaStep[] = [
    {
      key: 'record',
      name: 'record',
      state: stuck('record') ? 'stuck' : 'done',
      at: history[0]?.at ?? placedAt,
      took: null,
      trouble: stuck('record'),
      undo: null,
    },
    reserve,
    charge,
    handOff,
    ...order.shipments.map((shipment) => parcelOf(shipment, { isUndoing, paidAt, stuck })),
    {
      key: 'complete',
      name: 'complete',
      state: stateOf(last('completed'), null, false),
      at: last('completed'),
      took: null,
      trouble: null,
      undo: null,
    },
  ]
  return withDurations(steps)
}

function undoOf(
  doneAt: string | null,
  { isUndone, isUndoing, endedAt, trouble }: Undoing,
): { state: UndoState; at: string | null; trouble: Trouble | null } {
  if (trouble) return { state: 'stuck', at: null, trouble }
  if (!doneAt) return { state: 'none', at: null, trouble }
  if (isUndone) return { state: 'done', at: endedAt, trouble }
  return { state: isUndoing ? 'running' : 'armed', at: null, trouble }
}
type Undoing = { isUndone: boolean; isUndoing: boolean; endedAt: string | null; trouble: Trouble | null }

function refundOf(
  { total, refunded, status }: Facts,
  paidAt: string | null,
  at: string | null,
  trouble: Trouble | null,
) {
  if (trouble) return { state: 'stuck' as const, at: null, trouble }
  if (!paidAt) return { state: 'none' as const, at: null, trouble }
  if (refunded >= total && total > 0) return { state: 'done' as const, at, trouble }
  if (refunded > 0) return { state: 'partly' as const, at, trouble }
  if (status === 'completed') return { state: 'released' as const, at: null, trouble }
  return { state: status === 'cancelling' ? ('running' as const) : ('armed' as const), at: null, trouble }
}

type ParcelOptions = {
  isUndoing: boolean
  paidAt: string | null
  stuck: (step: OrderStep, shipmentId?: string) => Trouble | null
}

function parcelOf(
  { shipmentId, warehouseId, status, movedAt }: Facts['shipments'][number],
  { isUndoing, paidAt, stuck }: ParcelOptions,
): SagaStep {
  const isThere = status === 'delivered'
  const isGone = status === 'lost' || status === 'cancelled'
  const trouble = stuck('track', shipmentId)
  const recall = stuck('recall', shipmentId)
  const state: StepState = isThere
    ? 'done'
    : isGone
      ? 'refused'
      : trouble
        ? 'stuck'
        : paidAt
          ? 'running'
          : 'ahead'
  const undo: UndoState = recall
    ? 'stuck'
    : status === 'cancelled'
      ? 'done'
      : isThere || isGone
        ? 'released'
        : isUndoing
          ? 'running'
          : paidAt
            ? 'armed'
            : 'none'
  return {
    key: `parcel-${shipmentId}`,
    name: 'parcel',
    shipmentId,
    warehouseId,
    state,
    at: isThere || isGone ? movedAt : null,
    took: null,
    trouble,
    undo: { name: 'recall', state: undo, at: status === 'cancelled' ? movedAt : null, trouble: recall },
  }
}

/** How long each took after the one that it waited for; parcels travel side by side, after the hand-off. */
function withDurations(steps: SagaStep[]): SagaStep[] {
  const handedOff = steps.find(({ name }) => name === 'handOff')?.at ?? null
  let before: string | null = null
  return steps.map((step) => {
    const from = step.name === 'parcel' ? handedOff : before
    if (step.at && (before === null || step.at > before)) before = step.at
    const took = step.at && from ? new Date(step.at).getTime() - new Date(from).getTime() : null
    return { ...step, took: took === null ? null : Math.max(0, took) }
  })
}
