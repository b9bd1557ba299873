// What the tests of the order service share.

import { join } from 'node:path'
import { timestampNow } from '@bufbuild/protobuf/wkt'
import type { Actor } from '#contracts/actor.ts'
import type { CustomerContact } from '#contracts/customer.ts'
import type { PlannedShipment } from '#contracts/inventory.ts'
import type { PricedLine } from '#contracts/lines.ts'
import type { CourierStatus } from '#contracts/logistics.ts'
import type { KeyedChange, OrderChange, PlaceOrder } from '#contracts/order.ts'
import { ShipmentEventSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { PreOrderSchema } from '#generated/proto/order/v1/events_pb.ts'
import { bucketOf, newIdInBucket } from '#platform/ids.ts'
import { encode, messageHeaders } from '#platform/messaging/messages.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { migrateDatabase } from '#platform/postgres/migrate.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { evenShards, oneShard } from '#platform/shards/shards.ts'
import { createTestDatabase } from '#platform/testing/fixtures.ts'
import { orderClient } from './database.ts'
import { createOrderStore } from './store.ts'

export const schemaFolder = join(import.meta.dirname, '../../prisma/order')

/** The service on a database of its own. */
export async function startOrderService() {
  const { url, drop } = await createTestDatabase('orders')
  await migrateDatabase({ url, schemaFolder })
  const database = openDatabase(url, { client: orderClient })
  const shards = oneShard(database)
  return {
    url,
    database,
    shards,
    store: createOrderStore({ shards }),
    drop: async () => {
      await shards.close()
      await drop()
    },
  }
}

/** The service on two databases of its own, half of the buckets each. */
export async function startShardedOrderService() {
  const servers = [await createTestDatabase('orders_1'), await createTestDatabase('orders_2')]
  for (const { url } of servers) await migrateDatabase({ url, schemaFolder })
  const databases = servers.map(({ url }) => openDatabase(url, { client: orderClient }))
  const shards = evenShards(databases.map((database, i) => ({ name: `orders_${i + 1}`, database })))
  return {
    shards,
    store: createOrderStore({ shards }),
    drop: async () => {
      await shards.close()
      for (const server of servers) await server.drop()
    },
  }
}

export const contact: CustomerContact = {
  name: 'Zoë Müller',
  email: '17850@example.com',
  phone: '+44 20 7946 0000',
  address: { line: '1 Street', city: 'London', postcode: 'N1 1AA', country: 'United Kingdom' },
  place: { latitude: 51.5074, longitude: -0.1278 },
}

/** An order of `lines` lines of 2 pieces each. */
export function newOrder(given: Partial<PlaceOrder> = {}, lines = 3): PlaceOrder {
  const customerId = given.customerId ?? '17850'
  const placedAt = new Date()
  return {
    orderId: newIdInBucket(bucketOf(customerId), placedAt),
    customerId,
    source: 'web',
    reference: null,
    currency: 'GBP',
    lines: Array.from({ length: lines }, (_, i) => ({
      lineNumber: i + 1,
      productId: `8512${i}A`,
      quantity: 2,
    })),
    placedAt: placedAt.toISOString(),
    fingerprint: 'f1',
    traceparent: newTraceparent(),
    ...given,
  }
}

/** A message as a consumer is given it. */
export const message = (id: string, value: Uint8Array) => ({
  value,
  headers: messageHeaders({ id, type: 'any', traceparent: newTraceparent() }),
  timestamp: new Date(),
})

/** The courier's event about a shipment: that the order's first has been created, unless said otherwise. */
export const courierEvent = (
  id: string,
  orderId: string,
  status: CourierStatus = 'created',
  shipmentId = `${orderId}-1`,
) => message(id, encode(ShipmentEventSchema, { shipmentId, orderId, status, occurredAt: timestampNow() }))

/** A pre-order as Kafka brings it, of one line. */
export const preOrder = (reference: string, { source = 'web', customerId = '17850', quantity = 1 } = {}) =>
  message(
    `${source}/${reference}`,
    encode(PreOrderSchema, {
      source,
      reference,
      customerId,
      currency: 'GBP',
      lines: [{ productId: '85123A', quantity }],
      placedAt: timestampNow(),
    }),
  )

type Reserved = Extract<OrderChange, { type: 'reserved' }>

/** All lines at 100 a piece, line by line from one warehouse after the other. */
export function reservedFrom({ orderId, lines }: PlaceOrder, warehouses: string[]): Reserved {
  const priced: PricedLine[] = lines.map(({ lineNumber, productId, quantity }) => ({
    lineNumber,
    productId,
    quantity,
    unitPrice: 100,
  }))
  const shipments = warehouses.map((warehouseId, i): PlannedShipment => {
    const own = priced.filter((_, line) => line % warehouses.length === i)
    return {
      shipmentId: `${orderId}-${i + 1}`,
      warehouseId,
      origin: { latitude: 52.52, longitude: 13.405 },
      amount: totalOf(own),
      lines: own,
    }
  })
  return { type: 'reserved', lines: priced, shipments, total: totalOf(priced) }
}

const totalOf = (lines: PricedLine[]): number =>
  lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)

/** Gives changes the names of their places, each a second after the one before. */
export function numbered(changes: OrderChange[], first = 1, by: Actor = 'system'): KeyedChange[] {
  return changes.map((change, i) => ({
    key: change.type === 'handed_off' ? 'handed_off' : `${first + i}/${change.type}`,
    at: new Date(Date.UTC(2026, 0, 1, 12, 0, first + i)).toISOString(),
    by,
    change,
  }))
}
