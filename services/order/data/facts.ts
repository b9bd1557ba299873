import type { Actor } from '#contracts/actor.ts'
import type { OrderLine } from '#contracts/lines.ts'
import type { OrderStatus, StuckStep } from '#contracts/order.ts'
import type { OrderFacts } from '#contracts/order-facts.ts'
import { Prisma } from '#generated/prisma/order/client.ts'
import type { OrderModel } from '#generated/prisma/order/models.ts'
import { numberOf } from '#platform/values/int8.ts'
import type { OrderRecord } from '../domain/record.ts'
import type { Shipment } from './shipments.ts'

/** The order's own row, as far as facts need it. */
export type FactsRow = Pick<OrderFacts, 'reason' | 'asked' | 'cancelling'> & {
  status: OrderStatus
} & Pick<OrderModel, 'total' | 'refunded'>

export const factsColumns = Prisma.sql`status, reason, asked, cancelling, total, refunded`

type Found = OrderFacts & Pick<OrderRecord, 'keys' | 'lastAt'>

type Parts = {
  keys: Record<string, Actor>
  amendments: bigint
  lastAt: Date | null
  lines: (OrderLine & { agreedPrice: number | null })[]
  shipments: Shipment[]
  stuck: (StuckStep & { shipmentId: string })[]
}

/** What is on record of an order whose row was read, and locked when it is to be changed; with the keys of `known` changes. */
export async function findFacts(
  prisma: Prisma.TransactionClient,
  orderId: string,
  row: FactsRow,
  known: string[] = [],
): Promise<Found> {
  // A statement of its own: one that waits for a lock sees the other tables as they were before it waited.
  const [parts] = await prisma.$queryRaw<Parts[]>`
    select
      (select coalesce(json_object_agg(key, by), '{}') from order_history
        where order_id = ${orderId} and (key = any(${known}::text[]) or type in ('handed_off', 'refunded', 'amended'))
      ) as keys,
      (select count(*) from order_history where order_id = ${orderId} and type = 'amended') as amendments,
      (select at from order_history where order_id = ${orderId} order by sequence desc limit 1) as "lastAt",
      (select coalesce(json_agg(json_build_object('lineNumber', line_number, 'productId', product_id,
          'quantity', quantity, 'agreedPrice', agreed_price) order by line_number), '[]')
        from order_lines where order_id = ${orderId}) as lines,
      (select coalesce(json_agg(json_build_object('shipmentId', shipment_id, 'warehouseId', warehouse_id,
          'origin', origin, 'status', status, 'amount', amount, 'lines', lines, 'movedAt', moved_at)
          order by shipment_id), '[]')
        from shipments where order_id = ${orderId}) as shipments,
      (select coalesce(json_agg(json_build_object('step', step, 'shipmentId', shipment_id, 'since', since,
          'error', error) order by since, step, shipment_id), '[]')
        from stuck_steps where order_id = ${orderId}) as stuck`
  if (!parts?.lastAt) throw new Error(`order ${orderId} has no history`)
  const keys = new Map(Object.entries(parts.keys))
  const { status, reason, asked, cancelling, total, refunded } = row
  return {
    status,
    reason,
    asked,
    cancelling,
    total: total === null ? null : numberOf(total),
    refunded: numberOf(refunded),
    lines: parts.lines.map(({ agreedPrice, ...line }) =>
      agreedPrice === null ? line : { ...line, agreedPrice },
    ),
    amendments: numberOf(parts.amendments),
    handedOff: keys.has('handed_off'),
    // Inside JSON a time is a text as Postgres writes it.
    shipments: parts.shipments.map((one) => ({
      ...one,
      movedAt: new Date(one.movedAt).toISOString(),
      refunded: keys.has(`refunded/${one.shipmentId}`),
    })),
    stuck: parts.stuck.map(({ step, shipmentId, since, error }) => ({
      step,
      ...(shipmentId !== '' && { shipmentId }),
      since: new Date(since).toISOString(),
      error,
    })),
    keys,
    lastAt: parts.lastAt,
  }
}
