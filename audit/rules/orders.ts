import { isFinalShipment } from '#contracts/logistics.ts'
import { preOrderName } from '#contracts/order.ts'
import { bucketOf, derivedIdInBucket } from '#platform/ids.ts'
import { hasEnded, type OrderRow } from '../facts/order.ts'
import { noneOf, type OrderRule, verdict } from './rule.ts'

/** Orders on record, by themselves. */
export const orderRules: OrderRule[] = [
  {
    kind: 'order',
    name: 'orders.readable',
    says: 'Every row about an order holds what its column is for.',
    counts: 'orders',
    needs: [],
    judge: ({ broken }) => noneOf(broken),
  },
  {
    kind: 'order',
    name: 'orders.ended',
    says: 'What has ended says when, why if it was cancelled, and has no parcel on its way; the rest has not ended.',
    counts: 'orders',
    needs: ['order'],
    judge({ order }) {
      if (!order) return undefined
      const wrong = hasEnded(order) ? wrongEnd(order) : wrongMiddle(order)
      return verdict(wrong.length === 0, `${order.status}, but ${wrong.join(' and ')}`)
    },
  },
  {
    kind: 'order',
    name: 'orders.lines',
    says: 'Once reserved, an order’s lines have prices, those that were agreed, and come to its total.',
    counts: 'orders with a total',
    needs: ['order'],
    judge({ order }) {
      if (!order || order.total === null) return undefined
      return noneOf(wrongLines(order, order.total))
    },
  },
  {
    kind: 'order',
    name: 'orders.customers',
    says: 'Every order that was taken on has a customer.',
    counts: 'orders taken on',
    needs: ['order', 'customer'],
    judge({ order, customerKnown }) {
      if (!order?.accepted) return undefined
      return verdict(customerKnown, `there is no customer ${order.customerId}`)
    },
  },
  {
    kind: 'order',
    name: 'orders.references',
    says: 'A source’s reference is one order: the one whose id follows from it.',
    counts: 'orders with a reference',
    needs: ['order'],
    judge({ orderId, order, twins }) {
      if (!order || order.reference === null) return undefined
      const name = preOrderName(order.source, order.reference)
      const its = derivedIdInBucket(bucketOf(order.customerId), name)
      return noneOf([
        ...(orderId === its ? [] : [`${name} is the reference of ${its}`]),
        ...twins.map((twin) => `${name} is the reference of ${twin}, too`),
      ])
    },
  },
  {
    kind: 'order',
    name: 'orders.announced',
    says: 'Every change on record has put its message into the outbox.',
    counts: 'orders',
    needs: ['order'],
    judge({ order, unannounced }) {
      return order && verdict(unannounced.length === 0, `no message: ${unannounced.join(', ')}`)
    },
  },
  {
    kind: 'order',
    name: 'orders.decided',
    says: 'No order waits for its customer’s decision longer than it was to be made.',
    counts: 'orders that wait for a decision',
    needs: ['order'],
    unless: ['saga'],
    judge({ order }, { clock, patience }) {
      if (order?.status !== 'awaiting_customer') return undefined
      const { decideBefore } = order
      if (!decideBefore) return { wrong: 'it does not say what its customer is to decide' }
      const late = clock().getTime() - patience > decideBefore.getTime()
      return verdict(!late, `it was to be decided before ${decideBefore.toISOString()}`)
    },
  },
]

const wrongEnd = ({ status, reason, endedAt, shipments }: OrderRow): string[] => [
  ...(endedAt ? [] : ['it does not say when']),
  ...((status === 'cancelled') === (reason !== null) ? [] : [`its reason is ${reason ?? 'missing'}`]),
  ...(status === 'completed' && !shipments.some((one) => one.status === 'delivered')
    ? ['no parcel was delivered']
    : []),
  ...(status === 'cancelled' && shipments.some((one) => one.status === 'delivered')
    ? ['a parcel was delivered']
    : []),
  ...shipments
    .filter(({ status }) => !isFinalShipment(status))
    .map(({ shipmentId, status }) => `parcel ${shipmentId} is ${status}`),
]

const wrongMiddle = ({ endedAt, reason, status, total }: OrderRow): string[] => [
  ...(endedAt ? [`it ended at ${endedAt.toISOString()}`] : []),
  ...(reason ? [`it has a reason to be cancelled: ${reason}`] : []),
  ...(total === null && ['reserved', 'paid', 'shipping'].includes(status) ? ['it has no total'] : []),
]

function wrongLines({ lines }: OrderRow, total: bigint): string[] {
  const unpriced = lines.filter(({ unitPrice }) => unitPrice === null)
  const sum = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * (unitPrice ?? 0n), 0n)
  const others = lines.filter(
    ({ agreedPrice, unitPrice }) => agreedPrice !== null && unitPrice !== null && agreedPrice !== unitPrice,
  )
  return [
    ...unpriced.map(({ lineNumber }) => `line ${lineNumber} has no price`),
    ...(sum === total ? [] : [`its lines come to ${sum}, its total is ${total}`]),
    ...others.map(
      ({ lineNumber, agreedPrice, unitPrice }) =>
        `line ${lineNumber}: ${agreedPrice} was agreed, ${unitPrice} taken`,
    ),
  ]
}
