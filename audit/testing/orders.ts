import { isFinalShipment, type ShipmentStatus } from '#contracts/logistics.ts'
import type { CancelReason, OrderStatus } from '#contracts/order.ts'
import type { ReturnStatus } from '#contracts/return.ts'
import { bucketOf, newIdInBucket } from '#platform/ids.ts'

type Parcel = { warehouse: string; product: string; quantity: number; price: number; status: ShipmentStatus }

/** Of the order's first line. */
export type ReturnInBooks = {
  number: number
  status: ReturnStatus
  quantity: number
  restocked: number
  writtenOff: number
  refunded: number
}

/** An order as the books of all services tell of it. */
export type OrderInBooks = {
  orderId: string
  customer: string
  status: OrderStatus
  reason?: CancelReason
  /** Days since it was placed, and since it ended if it has. */
  age: number
  parcels: Parcel[]
  charged: boolean
  /** What went back, by the part of the order that it was for. */
  refunds: Record<string, number>
  returns: ReturnInBooks[]
  workflow: 'open' | 'closed' | 'terminated' | 'forgotten'
}

/** Their buckets are in different shards. */
export const customer = '17850'
export const otherCustomer = '12350'

const idFor = (customerId: string) => newIdInBucket(bucketOf(customerId), new Date())

export const ids = {
  delivered: idFor(customer),
  partlyLost: idFor(customer),
  cancelled: idFor(customer),
  shipping: idFor(customer),
  returned: idFor(customer),
  /** Nothing is left of its charge. */
  emptied: idFor(customer),
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
  status: 'completed',
  age: 0,
  charged: true,
  refunds: {},
  returns: [],
  workflow: 'closed',
} as const satisfies Partial<OrderInBooks>

/** One order of each kind; each has products of its own. */
export const orders: OrderInBooks[] = [
  { ...completed, orderId: ids.delivered, parcels: [parcel('A1', 6, 'delivered')] },
  {
    ...completed,
    orderId: ids.partlyLost,
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
    orderId: ids.shipping,
    status: 'shipping',
    parcels: [parcel('D1', 5, 'sent_to_customer')],
    workflow: 'open',
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

export const totalOf = ({ parcels }: OrderInBooks): number =>
  parcels.reduce((sum, { quantity, price }) => sum + quantity * price, 0)

export const refundedOf = ({ refunds }: OrderInBooks): number =>
  Object.values(refunds).reduce((sum, amount) => sum + amount, 0)

export const shipmentId = ({ orderId }: OrderInBooks, index: number): string => `${orderId}-${index + 1}`

export const hasOpenParcels = ({ parcels }: OrderInBooks): boolean =>
  parcels.some(({ status }) => !isFinalShipment(status))

export const stateOf = (status: ShipmentStatus): 'sold' | 'lost' | 'released' | 'reserved' => {
  if (status === 'delivered') return 'sold'
  if (status === 'lost') return 'lost'
  return status === 'cancelled' ? 'released' : 'reserved'
}
