import type { KeyedChange, OrderStatus } from '#contracts/order.ts'
import { allows } from '#contracts/order-facts.ts'
import type { RecordChanges } from '#contracts/order-record.ts'
import type { OutboxMessage } from '#platform/messaging/outbox.ts'
import { noteOf, paidNote, paymentOf, subjectOf } from './domain/history-notes.ts'
import { evolve, type HistoryRow, type NumberedChange, type OrderRecord } from './domain/record.ts'
import { newShipment, orderCancelled, returnChanged, statusChanged } from './events.ts'

/** What changes come to: the order after them, and what is to be written with it. */
export type Applied = {
  order: OrderRecord
  changes: NumberedChange[]
  history: HistoryRow[]
  messages: OutboxMessage[]
}

/** Sequences come in tens: the hand-off is two rows. */
export const nextAfter = (sequence: number) => Math.floor(sequence / 10) * 10 + 10

/** An undo that nobody asked for rests on what the writer knew. */
const isDecidedAlone = ({ change, by }: KeyedChange): boolean =>
  change.type === 'cancelling' && by === 'system'

/**
 * Applies the changes that are not on record yet and that the order allows, one after the other. `after` is the sequence
 * that their writer knows of, if it says so.
 */
export function applyChanges(
  order: OrderRecord,
  { changes, traceparent, after: known = order.sequence }: Omit<RecordChanges, 'orderId'>,
): Applied {
  const nothing: Applied = { order, changes: [], history: [], messages: [] }
  return changes.reduce((applied, keyed) => {
    if (applied.order.keys.has(keyed.key)) return applied
    if (!allows(applied.order, keyed.change)) return applied
    if (known !== order.sequence && isDecidedAlone(keyed)) return applied
    const { sequence, lastAt } = applied.order
    const numbered = { ...keyed, at: laterThan(lastAt, keyed.at), sequence: nextAfter(sequence) }
    const after = evolve(applied.order, numbered)
    const rows = historyOf(after, numbered)
    return {
      order: { ...after, lastAt: rows.at(-1)?.at ?? lastAt },
      changes: [...applied.changes, numbered],
      history: [...applied.history, ...rows],
      messages: [
        ...applied.messages,
        ...messagesOf(applied.order.status, after, numbered, rows, traceparent),
      ],
    }
  }, nothing)
}

/** No two rows of an order have the same time: what a workflow notes at once is told apart by a millisecond. */
const laterThan = (last: Date, at: string): string =>
  Date.parse(at) > last.getTime() ? at : new Date(last.getTime() + 1).toISOString()

/** One row per change, but for the hand-off, which passes two statuses. */
function historyOf(after: OrderRecord, numbered: NumberedChange): HistoryRow[] {
  const { change, sequence, key, by } = numbered
  const row = {
    sequence,
    key,
    type: change.type === 'returned' ? `return_${change.status}` : change.type,
    status: after.status,
    by,
    note: noteOf(after, numbered),
    ...subjectOf(change),
    at: new Date(numbered.at),
  }
  if (change.type !== 'handed_off') return [row]
  return [
    {
      ...row,
      ...paymentOf(after, change),
      key: 'paid',
      type: 'paid',
      status: 'paid',
      note: paidNote(change),
    },
    { ...row, sequence: sequence + 1, at: new Date(row.at.getTime() + 1) },
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
  if (change.type === 'returned')
    return [...events, ...rows.map((row) => returnChanged(after, change, row, traceparent))]
  if (change.type !== 'handed_off') return events
  const requestedAt = new Date(at)
  return [
    ...events,
    ...after.shipments.map((shipment) => newShipment(after, shipment, requestedAt, traceparent)),
  ]
}
