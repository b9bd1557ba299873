import type { ShipmentStatus } from '#contracts/logistics.ts'
import { type HeldLine, hasEnded, type OrderRow, type Reservation } from './order-facts.ts'
import { type Rule, ruleInSql, verdict } from './rules.ts'

const everyShelf = {
  database: 'inventory',
  counts: 'shelves',
  counted: 'select count(*) as counted from stock',
} as const

const shelf = `warehouse_id || '/' || product_id`

export const stockRules: Rule[] = [
  ruleInSql({
    name: 'stock.received',
    says: 'What was received is on hand, sold or lost on each shelf; a piece that came back was received again.',
    ...everyShelf,
    offenders: `select ${shelf} as id,
        format('received %s, but %s on hand + %s sold + %s lost', received, on_hand, sold, lost) as found
      from stock left join (
        select warehouse_id, product_id,
          coalesce(sum(quantity) filter (where state = 'sold'), 0) as sold,
          coalesce(sum(quantity) filter (where state = 'lost'), 0) as lost
        from reserved_lines group by warehouse_id, product_id) as gone using (warehouse_id, product_id)
      where received <> on_hand + coalesce(sold, 0) + coalesce(lost, 0) order by id`,
  }),
  ruleInSql({
    name: 'stock.moved',
    says: 'What was received was put in first, put in or taken out by hand, or came back.',
    ...everyShelf,
    offenders: `select ${shelf} as id, format('received %s, but moved in %s', received, coalesce(moved, 0)) as found
      from stock left join (
        select warehouse_id, product_id, sum(change) as moved from stock_movements
        group by warehouse_id, product_id) as movements using (warehouse_id, product_id)
      where received <> coalesce(moved, 0) order by id`,
  }),
  ruleInSql({
    name: 'stock.reserved',
    says: 'What is reserved on a shelf is what open lines of orders hold there.',
    ...everyShelf,
    offenders: `select ${shelf} as id,
        format('%s reserved, but lines hold %s', coalesce(reserved, 0), coalesce(held, 0)) as found
      from stock full join (
        select warehouse_id, product_id, sum(quantity) as held
        from reserved_lines where state = 'reserved' group by warehouse_id, product_id) as open
        using (warehouse_id, product_id)
      where coalesce(reserved, 0) <> coalesce(held, 0) order by id`,
  }),
  ruleInSql({
    name: 'stock.oversold',
    says: 'No shelf promises more than it has: 0 <= reserved <= on hand.',
    ...everyShelf,
    offenders: `select ${shelf} as id, format('%s on hand, %s reserved', on_hand, reserved) as found
      from stock where not (0 <= reserved and reserved <= on_hand) order by id`,
  }),
  {
    kind: 'order',
    name: 'stock.asked',
    says: 'No order holds, or was sold, more than it asked for.',
    counts: 'orders with stock',
    judge({ order, reservation }) {
      if (!order || taken(reservation).length === 0) return undefined
      const tooMuch = beyondAsked(order, taken(reservation))
      return verdict(tooMuch.length === 0, tooMuch.join('; '))
    },
  },
  {
    kind: 'order',
    name: 'stock.returned',
    says: 'An order that has ended holds no stock.',
    counts: 'ended orders',
    judge({ order, reservation }) {
      if (!order || !hasEnded(order)) return undefined
      const held = taken(reservation).filter(({ state }) => state === 'reserved').length
      return verdict(
        reservation?.status !== 'open' && held === 0,
        `${order.status}, but its reservation is ${reservation?.status} with ${held} lines held`,
      )
    },
  },
  {
    kind: 'order',
    name: 'stock.shipments',
    says: 'Of an ended order, what was delivered is sold, what was lost is lost, and the rest is back.',
    counts: 'ended orders with parcels',
    judge({ order, reservation }) {
      if (!order || !hasEnded(order) || Object.keys(order.shipments).length === 0) return undefined
      const wrong = wrongParcels(order, reservation?.lines ?? [])
      return verdict(wrong.length === 0, wrong.join('; '))
    },
  },
  {
    kind: 'order',
    name: 'stock.known',
    says: 'Behind all stock that is held, sold or lost stands an order.',
    counts: 'reservations',
    judge({ order, reservation }) {
      if (taken(reservation).length === 0 && reservation?.status !== 'open') return undefined
      return verdict(order !== undefined, `a reservation (${reservation?.status}) without an order`)
    },
  },
]

const taken = (reservation: Reservation | undefined): HeldLine[] =>
  reservation?.lines.filter(({ state }) => state !== 'released') ?? []

function beyondAsked({ asked }: OrderRow, lines: readonly HeldLine[]): string[] {
  const got = new Map<number, number>()
  for (const { lineNumber, quantity } of lines) got.set(lineNumber, (got.get(lineNumber) ?? 0) + quantity)
  return [...got]
    .filter(([line, quantity]) => quantity > (asked[line] ?? 0))
    .map(([line, quantity]) => `line ${line}: asked for ${asked[line] ?? 0}, got ${quantity}`)
}

const stateAfter: Readonly<Partial<Record<ShipmentStatus, HeldLine['state']>>> = {
  delivered: 'sold',
  lost: 'lost',
  cancelled: 'released',
}

/** Lines that are still held are another rule's matter, and so are parcels that have not ended. */
function wrongParcels({ shipments }: OrderRow, lines: readonly HeldLine[]): string[] {
  return Object.entries(shipments).flatMap(([shipmentId, status]) => {
    const wanted = stateAfter[status]
    const states = lines.filter((line) => line.shipmentId === shipmentId).map(({ state }) => state)
    if (wanted === undefined || states.includes('reserved')) return []
    if (states.length === 0 && wanted !== 'released')
      return [`parcel ${shipmentId} was ${status}, but took nothing`]
    const other = states.find((state) => state !== wanted)
    return other === undefined ? [] : [`parcel ${shipmentId} was ${status}, but its stock is ${other}`]
  })
}
