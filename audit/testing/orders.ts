import { isFinalShipment, type ShipmentStatus } from '#contracts/logistics.ts'
import {
  type CancelReason,
  isFinal,
  type OrderSource,
  type OrderStatus,
  preOrderName,
} from '#contracts/order.ts'
import type { ReturnStatus } from '#contracts/return.ts'
import { bucketOf, derivedIdInBucket, newIdInBucket } from '#platform/ids.ts'

type Parcel = { warehouse: string; product: string; quantity: number; price: number; status: ShipmentStatus }

/** The order's first line. */
export type RecordedReturn = {
  number: number
  status: ReturnStatus
  quantity: number
  restocked: number
  writtenOff: number
  refunded: number
}

/** An order as the books of all services tell of it. */
export type RecordedOrder = {
  orderId: string
  customer: string
  source: OrderSource
  reference: string | null
  status: OrderStatus
  reason?: CancelReason
  /** Days since it was placed, and since it ended if it has. */
  age: number
  parcels: Parcel[]
  charged: boolean
  /** What went back, by the part of the order that it was for. */
  refunds: Record<string, number>
  returns: RecordedReturn[]
  /** `idle`: it runs and waits; `busy`: it runs and has a task that nobody does; `failing`: its task fails. */
  workflow: 'idle' | 'busy' | 'failing' | 'closed' | 'terminated' | 'forgotten'
  /** The workflows of its returns have tasks that nobody does. */
  returnsAreBusy?: boolean
}

/** Their buckets are in different shards. */
export const customer = '17850'
export const otherCustomer = '12350'

const idFor = (customerId: string) => newIdInBucket(bucketOf(customerId), new Date())

export const ids = {
  delivered: idFor(customer),
  partlyLost: derivedIdInBucket(bucketOf(customer), preOrderName('mobile', 'M-1')),
  cancelled: idFor(customer),
  recalled: idFor(customer),
  shipping: idFor(customer),
  halfway: idFor(customer),
  returned: idFor(customer),
  /** Nothing is left of its charge. */
  emptied: idFor(customer),
  waiting: idFor(customer),
  refused: idFor('nobody'),
  longAgo: idFor(otherCustomer),
}

const parcel = (product: string, quantity: number, status: ShipmentStatus): Parcel => ({
  warehouse: 'london',
  product,
  quantity,
  price: 100,
  status,
})

const completed = {
  customer,
  source: 'web',
  reference: null,
  status: 'completed',
  age: 0,
  charged: true,
  refunds: {},
  returns: [],
  workflow: 'closed',
} as const satisfies Partial<RecordedOrder>

/** One order of each kind; each has products of its own. */
export const orders: RecordedOrder[] = [
  { ...completed, orderId: ids.delivered, parcels: [parcel('A1', 6, 'delivered')] },
  {
    ...completed,
    orderId: ids.partlyLost,
    source: 'mobile',
    reference: 'M-1',
    parcels: [parcel('B1', 2, 'delivered'), parcel('B2', 3, 'lost')],
    refunds: { [`${ids.partlyLost}-2`]: 300 },
  },
  {
    ...completed,
    orderId: ids.cancelled,
    status: 'cancelled',
    reason: 'customer',
    parcels: [parcel('C1', 4, 'cancelled')],
    refunds: { all: 400 },
  },
  {
    ...completed,
    orderId: ids.recalled,
    status: 'cancelled',
    reason: 'staff',
    parcels: [parcel('G1', 3, 'cancelled')],
    refunds: { [`${ids.recalled}-1`]: 300 },
  },
  {
    ...completed,
    orderId: ids.shipping,
    status: 'shipping',
    parcels: [parcel('D1', 5, 'sent_to_customer')],
    workflow: 'idle',
  },
  {
    ...completed,
    orderId: ids.halfway,
    status: 'shipping',
    parcels: [parcel('H1', 2, 'lost'), parcel('H2', 4, 'created')],
    refunds: { [`${ids.halfway}-1`]: 200 },
    workflow: 'idle',
  },
  {
    ...completed,
    orderId: ids.returned,
    parcels: [parcel('E1', 5, 'delivered')],
    refunds: { 'return/1': 300, 'staff/a': 50 },
    returns: [
      { number: 1, status: 'refunded', quantity: 3, restocked: 2, writtenOff: 1, refunded: 300 },
      { number: 2, status: 'accepted', quantity: 1, restocked: 0, writtenOff: 0, refunded: 0 },
      { number: 3, status: 'refused', quantity: 1, restocked: 0, writtenOff: 0, refunded: 0 },
    ],
  },
  {
    ...completed,
    orderId: ids.emptied,
    parcels: [parcel('F1', 2, 'delivered')],
    refunds: { 'staff/a': 150, 'return/1': 50 },
    returns: [{ number: 1, status: 'refunded', quantity: 2, restocked: 2, writtenOff: 0, refunded: 50 }],
  },
  {
    ...completed,
    orderId: ids.waiting,
    status: 'awaiting_customer',
    parcels: [],
    charged: false,
    workflow: 'idle',
  },
  {
    ...completed,
    orderId: ids.refused,
    customer: 'nobody',
    status: 'cancelled',
    reason: 'invalid',
    parcels: [],
    charged: false,
  },
  {
    ...completed,
    orderId: ids.longAgo,
    customer: otherCustomer,
    status: 'cancelled',
    reason: 'out_of_stock',
    age: 30,
    parcels: [],
    charged: false,
    workflow: 'forgotten',
  },
]

export const totalOf = ({ parcels }: RecordedOrder): number =>
  parcels.reduce((sum, { quantity, price }) => sum + quantity * price, 0)

export const refundedOf = ({ refunds }: RecordedOrder): number =>
  Object.values(refunds).reduce((sum, amount) => sum + amount, 0)

export const shipmentId = ({ orderId }: Pick<RecordedOrder, 'orderId'>, index: number): string =>
  `${orderId}-${index + 1}`

export const hasOpenParcels = ({ parcels }: RecordedOrder): boolean =>
  parcels.some(({ status }) => !isFinalShipment(status))

/** Its parcels went to the courier. */
export const leftHouse = ({ charged, refunds }: RecordedOrder): boolean => charged && !('all' in refunds)

/** Stock leaves the books with the order's end; what was recalled comes back at once. */
export const stateOf = (
  { status }: RecordedOrder,
  parcel: Parcel,
): 'sold' | 'lost' | 'released' | 'reserved' => {
  if (parcel.status === 'cancelled') return 'released'
  if (!isFinal(status)) return 'reserved'
  return parcel.status === 'delivered' ? 'sold' : 'lost'
}

export type Entry = { key: string; type: string; status: OrderStatus }

/** How the order came to where it is, in the words of its history. `handed_off` is the second entry of its change. */
export function historyOf(order: RecordedOrder): Entry[] {
  const { status, reason, parcels, refunds, returns } = order
  const entries: Entry[] = [{ key: 'placed', type: 'placed', status: 'pending' }]
  const add = (key: string, status: OrderStatus, type = key) => entries.push({ key, type, status })
  if (reason === 'invalid') add('refused', 'pending')
  if (reason === 'out_of_stock' || status === 'awaiting_customer')
    add('missing/1', 'awaiting_customer', 'missing')
  if (parcels.length > 0) add('reserved', 'reserved')
  let now: OrderStatus = 'shipping'
  if (leftHouse(order)) {
    add('paid', 'paid')
    add('handed_off', 'shipping')
    if (status === 'cancelled') add('cancelling', (now = 'cancelling'))
    for (const [i, { status }] of parcels.entries())
      add(`shipment_moved/${shipmentId(order, i)}/${status}`, now, 'shipment_moved')
  } else if (reason && reason !== 'invalid') add('cancelling', (now = 'cancelling'))
  const early = Object.keys(refunds).filter((part) => !/^(staff|return)\//.test(part))
  for (const part of early) add(`refunded/${part}`, now, 'refunded')
  if (!isFinal(status)) return entries
  add(status, status)
  for (const { number } of returns) add(`return/${number}/requested`, status, 'return_requested')
  for (const part of Object.keys(refunds).filter((part) => !early.includes(part)))
    add(`refunded/${part}`, status, 'refunded')
  for (const one of returns.filter(({ status }) => status !== 'requested'))
    add(`return/${one.number}/${one.status}`, status, `return_${one.status}`)
  return entries
}
