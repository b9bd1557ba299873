import { isFinalShipment } from '#contracts/logistics.ts'
import type { OrderFacts } from '../facts/facts.ts'
import { type OrderRow, refundedParts, wasHandedOff } from '../facts/order.ts'
import { type OrderPayment, refundsOf } from '../facts/payment.ts'
import { noneOf, type OrderRule, verdict } from './rule.ts'

/** The money of each order, against its record. */
export const moneyRules: OrderRule[] = [
  {
    kind: 'order',
    name: 'money.charges',
    says: 'Every charge belongs to an order that ships, is completed, or is given back in full.',
    counts: 'charges',
    needs: ['order', 'payment'],
    unless: ['saga'],
    judge({ order, payment }) {
      if (!payment || payment.amount === 0n) return undefined
      const { amount, refunded } = payment
      const mayKeep = order !== undefined && order.status !== 'cancelled' && wasHandedOff(order)
      const whose = order ? `the order is ${order.status} and was never shipped` : 'there is no such order'
      const found = order?.status === 'cancelled' ? 'the order is cancelled' : whose
      return verdict(mayKeep || refunded === amount, `charged ${amount}, refunded ${refunded}; ${found}`)
    },
  },
  {
    kind: 'order',
    name: 'money.shipped',
    says: 'What was handed to the courier was paid first: the order’s total.',
    counts: 'orders handed off',
    needs: ['order', 'payment'],
    judge({ order, payment }) {
      if (!order || !(wasHandedOff(order) || order.status === 'completed')) return undefined
      const paid = payment?.status === 'charged' ? payment.amount : undefined
      return verdict(
        paid === order.total,
        `${order.status}, its total is ${order.total ?? 'missing'}, and it was ${paid === undefined ? 'not charged' : `charged ${paid}`}`,
      )
    },
  },
  {
    kind: 'order',
    name: 'money.payer',
    says: 'The one who pays, and gets money back, is the order’s customer.',
    counts: 'charges',
    needs: ['order', 'payment'],
    judge({ order, payment }) {
      if (!order || !payment || payment.amount === 0n) return undefined
      return noneOf(strangersIn(order, payment))
    },
  },
  {
    kind: 'order',
    name: 'money.parcels',
    says: 'The money of a parcel that was lost or recalled went back, once; that of no other did.',
    counts: 'orders with parcels',
    needs: ['order', 'payment'],
    unless: ['saga'],
    judge(facts) {
      const { order } = facts
      if (!order || order.shipments.length === 0 || !wasHandedOff(order)) return undefined
      return noneOf([...unpaidParcels(order, facts), ...paidParcels(order, facts)])
    },
  },
  {
    kind: 'order',
    name: 'money.parts',
    says: 'Every refund is for a parcel, a return, an order that never left, or was given by staff.',
    counts: 'orders with refunds',
    needs: ['order', 'payment'],
    unless: ['saga'],
    judge({ orderId, order, payment }) {
      const parts = [...refundsOf(orderId, payment).keys()]
      if (!order || parts.length === 0) return undefined
      return noneOf(parts.flatMap((part) => wrongPart(order, part)))
    },
  },
  {
    kind: 'order',
    name: 'money.refunded',
    says: 'What is on record as refunded is what the customer got.',
    counts: 'orders',
    needs: ['order', 'payment'],
    unless: ['saga', 'beside'],
    judge({ order, payment }) {
      if (!order) return undefined
      const given = payment?.refunded ?? 0n
      return verdict(order.refunded === given, `${order.refunded} refunded on record, ${given} by the ledger`)
    },
  },
  {
    kind: 'order',
    name: 'money.history',
    says: 'Each transfer that gave money back is in the order’s history, and each refund there has its transfer.',
    counts: 'orders with refunds',
    needs: ['order', 'payment'],
    unless: ['saga', 'beside'],
    judge({ orderId, order, payment }) {
      const moved = [...refundsOf(orderId, payment).keys()]
      if (!order || moved.length + refundedParts(order).length === 0) return undefined
      return noneOf([...withoutTransfer(order, moved, payment), ...withoutHistory(order, moved)])
    },
  },
]

/** Whoever else's account a transfer of the order moved. */
function strangersIn({ customerId }: OrderRow, payment: OrderPayment): string[] {
  const accounts = payment.transfers.flatMap(({ entries }) => entries.map(({ accountId }) => accountId))
  const others = accounts.filter((id) => id.startsWith('customer:') && id !== `customer:${customerId}`)
  return [
    ...(payment.customerId === customerId ? [] : [`${payment.customerId} is on record as the payer`]),
    ...[...new Set(others)].map((id) => `money of ${id} moved`),
  ].map((found) => `the order is of ${customerId}, and ${found}`)
}

/** What is left of the charge: a refund gives no more, so a parcel may have got less than it cost. */
const leftOf = (payment: OrderPayment | undefined): bigint =>
  payment ? payment.amount - payment.refunded : 0n

function unpaidParcels({ shipments, orderId }: OrderRow, { payment }: OrderFacts): string[] {
  const refunds = refundsOf(orderId, payment)
  return shipments
    .filter(({ status }) => status === 'lost' || status === 'cancelled')
    .filter(({ shipmentId, amount }) => {
      const given = refunds.get(shipmentId) ?? 0n
      return given > amount || (given < amount && leftOf(payment) > 0n && !refunds.has('all'))
    })
    .map(({ shipmentId, status, amount }) => {
      const given = refunds.get(shipmentId)
      return `parcel ${shipmentId} of ${amount} is ${status}, and ${given ?? 'nothing'} went back for it`
    })
}

function paidParcels({ shipments, orderId }: OrderRow, { payment }: OrderFacts): string[] {
  const refunds = refundsOf(orderId, payment)
  return shipments
    .filter(
      ({ status, shipmentId }) => status !== 'lost' && status !== 'cancelled' && refunds.has(shipmentId),
    )
    .map(({ shipmentId, status }) => {
      const at = isFinalShipment(status) ? `was ${status}` : `is ${status}`
      return `parcel ${shipmentId} ${at}, and ${refunds.get(shipmentId)} went back for it`
    })
}

function wrongPart(order: OrderRow, part: string): string[] {
  if (part.startsWith('staff/') || order.shipments.some(({ shipmentId }) => shipmentId === part)) return []
  if (order.returns.some(({ number }) => part === `return/${number}`)) return []
  if (part !== 'all') return [`a refund for ${part}, which the order does not have`]
  return order.status === 'cancelling' || order.status === 'cancelled'
    ? []
    : [`everything was refunded, and the order is ${order.status}`]
}

/** A refund of nothing has no transfer: nothing was left, or a return's goods had been paid back before. */
function withoutTransfer(
  order: OrderRow,
  moved: readonly string[],
  payment: OrderPayment | undefined,
): string[] {
  const nothingLeft = leftOf(payment) === 0n
  const paidBefore = order.returns
    .filter(({ refunded }) => refunded === 0n)
    .map(({ number }) => `return/${number}`)
  return refundedParts(order)
    .filter((part) => !moved.includes(part) && !paidBefore.includes(part))
    .filter((part) => part.startsWith('staff/') || !nothingLeft)
    .map((part) => `the refund of ${part} has no transfer`)
}

const withoutHistory = (order: OrderRow, moved: readonly string[]): string[] => {
  const onRecord = refundedParts(order)
  return moved
    .filter((part) => !onRecord.includes(part))
    .map((part) => `the transfer of ${part} is not in the history of an order that is ${order.status}`)
}
