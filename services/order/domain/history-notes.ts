import type { OrderChange } from '#contracts/order.ts'
import { amount, count, inWords } from '#contracts/wording.ts'
import { storable } from '#platform/values/storable.ts'
import type { HistorySubject, NumberedChange, OrderRecord } from './record.ts'

/** What happened, for a person who reads the order's history: its own words, and the note that came with it. */
export function noteOf(after: OrderRecord, { change, note }: NumberedChange): string {
  const own = wordsFor(after, change)
  return storable(note && note !== own ? [own, note].filter((text) => text !== '').join(': ') : own)
}

const noSubject: HistorySubject = { amount: null, transferId: null, shipmentId: null, returnNumber: null }

/** The same for programs, which are not to read it out of the words. */
export function subjectOf(change: OrderChange): HistorySubject {
  switch (change.type) {
    case 'reserved':
      return { ...noSubject, amount: change.total }
    case 'refunded': {
      const { amount, shipmentId, part } = change
      return { ...noSubject, amount, shipmentId, returnNumber: returnIn(part) }
    }
    case 'returned':
      return { ...noSubject, amount: change.amount ?? null, returnNumber: change.number }
    case 'shipment_moved':
    case 'stuck':
    case 'unstuck':
      return { ...noSubject, shipmentId: change.shipmentId ?? null }
    default:
      return noSubject
  }
}

const returnIn = (part: string): number | null =>
  part.startsWith('return/') ? Number(part.slice('return/'.length)) : null

type HandedOff = Extract<OrderChange, { type: 'handed_off' }>

/** The hand-off tells of the payment, too. */
export const paymentOf = ({ total }: OrderRecord, { transferId }: HandedOff) => ({
  amount: total,
  transferId: storable(transferId),
})

export const paidNote = ({ transferId }: HandedOff): string => storable(`transfer ${transferId}`)

function wordsFor({ currency, shipments }: OrderRecord, change: OrderChange): string {
  switch (change.type) {
    case 'refused':
      return change.problems.join('; ')
    case 'missing':
      return `${change.missing.map(inWords).join(', ')}; to be decided before ${change.decideBefore}`
    case 'amended':
      return count(change.lines.length, 'line')
    case 'reserved':
      return `${amount(change.total, currency)} from ${change.shipments.map(({ warehouseId }) => warehouseId).join(', ')}`
    case 'handed_off':
      return count(shipments.length, 'shipment')
    case 'shipment_moved':
      return `${change.shipmentId} ${change.status}${change.note ? `: ${change.note}` : ''}`
    case 'refunded':
      return `${amount(change.amount, currency)}${refundedFor(change)}`
    case 'returned':
      return `return ${change.number}${change.amount === undefined ? '' : `, ${amount(change.amount, currency)}`}`
    case 'cancelling':
    case 'cancelled':
      return change.reason
    case 'cancel_refused':
      return change.note
    case 'completed':
      return ''
    case 'stuck':
      return `${change.step}: ${change.error}`
    case 'unstuck':
      return change.step
    default:
      return change satisfies never
  }
}

function refundedFor({ shipmentId, part }: Extract<OrderChange, { type: 'refunded' }>): string {
  if (shipmentId) return ` for ${shipmentId}`
  return part.startsWith('return/') ? ` for ${part.replace('/', ' ')}` : ''
}
