import { isFinal, type KeyedChange, type OrderStatus } from '#contracts/order.ts'
import type { OutboxMessage } from '#platform/outbox.ts'
import { newShipment, orderCancelled, statusChanged } from './events.ts'
import { noteOf, paidNote } from './notes.ts'
import { evolve, type HistoryRow, type NumberedChange, type OrderRecord } from './record.ts'

/** What changes come to: the order after them, and what is to be written with it. */
export type Applied = {
  order: OrderRecord
  changes: NumberedChange[]
  history: HistoryRow[]
  messages: OutboxMessage[]
}

/** Sequences come in tens: the hand-off is two rows. */
const nextAfter = (sequence: number) => Math.floor(sequence / 10) * 10 + 10

/** Applies the changes that are not on record yet, one after the other; none to an order that has ended. */
export function applyChanges(
  order: OrderRecord,
  changes: readonly KeyedChange[],
  traceparent: string,
): Applied {
  const nothing: Applied = { order, changes: [], history: [], messages: [] }
  return changes.reduce((applied, keyed) => {
    if (applied.order.keys.has(keyed.key) || isFinal(applied.order.status)) return applied
    const numbered = { ...keyed, sequence: nextAfter(applied.order.sequence) }
    const after = evolve(applied.order, numbered)
    const rows = historyOf(after, numbered)
    return {
      order: after,
      changes: [...applied.changes, numbered],
      history: [...applied.history, ...rows],
      messages: [
        ...applied.messages,
        ...messagesOf(applied.order.status, after, numbered, rows, traceparent),
      ],
    }
  }, nothing)
}

/** One row per change, but for the hand-off, which passes two statuses. */
function historyOf(after: OrderRecord, numbered: NumberedChange): HistoryRow[] {
  const { change, sequence, key, by } = numbered
  const row = {
    sequence,
    key,
    type: change.type,
    status: after.status,
    by,
    note: noteOf(after, numbered),
    at: new Date(numbered.at),
  }
  if (change.type !== 'handed_off') return [row]
  return [
    { ...row, key: 'paid', type: 'paid', status: 'paid', note: paidNote(change) },
    { ...row, sequence: sequence + 1 },
  ]
}

/** An event for each new status; with the hand-off a parcel for each shipment. */
function messagesOf(
  statusBefore: OrderStatus,
  after: OrderRecord,
  { change, at }: NumberedChange,
  rows: readonly HistoryRow[],
  traceparent: string,
): OutboxMessage[] {
  const events = rows
    .filter(({ status }, i) => status !== (rows[i - 1]?.status ?? statusBefore))
    .map((row) =>
      row.status === 'cancelled'
        ? orderCancelled(after, row, traceparent)
        : statusChanged(after, row, traceparent),
    )
  if (change.type !== 'handed_off') return events
  const requestedAt = new Date(at)
  return [
    ...events,
    ...after.shipments.map((shipment) => newShipment(after, shipment, requestedAt, traceparent)),
  ]
}
