import { isFinalShipment } from '#contracts/logistics.ts'
import type { HeldLine, Reservation } from '../facts/inventory.ts'
import { hasEnded, type OrderRow, type ShipmentRow, wasHandedOff } from '../facts/order.ts'
import { noneOf, type OrderRule } from './rule.ts'

/** The parcels of an order: what is in them, what they cost, where they are. */
export const parcelRules: OrderRule[] = [
  {
    kind: 'order',
    name: 'parcels.amounts',
    says: 'A parcel costs what its lines cost, and all of them together cost the order’s total.',
    counts: 'orders with parcels',
    needs: ['order'],
    judge({ order }) {
      if (!order || (order.shipments.length === 0 && order.total === null)) return undefined
      return noneOf(wrongAmounts(order))
    },
  },
  {
    kind: 'order',
    name: 'parcels.lines',
    says: 'The parcels of an order hold its lines, every piece of them once.',
    counts: 'orders with parcels',
    needs: ['order'],
    judge({ order }) {
      if (!order || order.shipments.length === 0) return undefined
      return noneOf(wrongPieces(order))
    },
  },
  {
    kind: 'order',
    name: 'parcels.reserved',
    says: 'A parcel leaves from the warehouse where it was reserved, with the pieces that were reserved, at their price.',
    counts: 'orders with parcels',
    needs: ['order', 'inventory'],
    unless: ['saga'],
    judge({ order, reservation }) {
      if (!order || order.shipments.length === 0) return undefined
      return noneOf(unlikeReserved(order.shipments, reservation))
    },
  },
  {
    kind: 'order',
    name: 'parcels.told',
    says: 'The workflow says of each parcel what is on record.',
    counts: 'orders on their way',
    exempt: 'whose workflow did not answer',
    needs: ['order', 'temporal'],
    unless: ['saga'],
    judge({ order, workflow, told }) {
      if (!order || workflow?.state !== 'RUNNING' || !wasHandedOff(order) || hasEnded(order)) return undefined
      if (told?.kind !== 'progress' || !Array.isArray(told.progress.shipments)) return 'exempt'
      const says = new Map(told.progress.shipments.map(({ shipmentId, status }) => [shipmentId, status]))
      return noneOf(
        order.shipments
          .filter(({ shipmentId, status }) => says.get(shipmentId) !== status)
          .map(({ shipmentId, status }) => {
            const word = says.get(shipmentId) ?? 'unknown'
            return `parcel ${shipmentId} is ${status} on record, ${word} to its workflow`
          }),
      )
    },
  },
  {
    kind: 'order',
    name: 'parcels.silent',
    says: 'A parcel without news past its deadline shows as stuck.',
    counts: 'orders on their way',
    needs: ['order'],
    unless: ['saga'],
    judge({ order }, { clock, patience, parcelDeadline }) {
      if (!order || !wasHandedOff(order) || hasEnded(order)) return undefined
      const silentSince = new Date(clock().getTime() - parcelDeadline - patience)
      const shown = order.stuck.filter(({ step }) => step === 'track').map(({ shipmentId }) => shipmentId)
      return noneOf(
        order.shipments
          .filter(({ status, movedAt }) => !isFinalShipment(status) && movedAt < silentSince)
          .filter(({ shipmentId }) => !shown.includes(shipmentId))
          .map(({ shipmentId, movedAt }) => {
            const since = movedAt.toISOString()
            return `no news of parcel ${shipmentId} since ${since}, and it does not show as stuck`
          }),
      )
    },
  },
]

type Priced = { quantity: bigint; unitPrice: bigint }
const costOf = (lines: readonly Priced[]): bigint =>
  lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0n)

function wrongAmounts({ shipments, total }: OrderRow): string[] {
  const sum = shipments.reduce((sum, { amount }) => sum + amount, 0n)
  return [
    ...shipments
      .filter(({ amount, lines }) => amount !== costOf(lines))
      .map(
        ({ shipmentId, amount, lines }) => `parcel ${shipmentId} costs ${amount}, its lines ${costOf(lines)}`,
      ),
    ...(sum === total ? [] : [`parcels cost ${sum}, the total is ${total ?? 'missing'}`]),
  ]
}

type Piece = { lineNumber: number; productId: string; quantity: bigint }

const pieces = (lines: readonly Piece[]): Map<string, bigint> => {
  const found = new Map<string, bigint>()
  for (const { lineNumber, productId, quantity } of lines) {
    const line = `line ${lineNumber} (${productId})`
    found.set(line, (found.get(line) ?? 0n) + quantity)
  }
  return found
}

function wrongPieces({ lines, shipments }: OrderRow): string[] {
  const [asked, packed] = [pieces(lines), pieces(shipments.flatMap((one) => one.lines))]
  return [...new Set([...asked.keys(), ...packed.keys()])]
    .filter((line) => asked.get(line) !== packed.get(line))
    .map((line) => `${line}: ${asked.get(line) ?? 0} ordered, ${packed.get(line) ?? 0} in parcels`)
}

function unlikeReserved(shipments: readonly ShipmentRow[], reservation: Reservation | undefined): string[] {
  const held = Map.groupBy(reservation?.lines ?? [], ({ shipmentId }) => shipmentId)
  const known = new Set(shipments.map(({ shipmentId }) => shipmentId))
  return [
    ...shipments.flatMap((shipment) => unlike(shipment, held.get(shipment.shipmentId) ?? [])),
    ...[...held.keys()].filter((id) => !known.has(id)).map((id) => `${id} is reserved, and is no parcel`),
  ]
}

const inWords = (warehouseId: string, { lineNumber, productId, quantity, unitPrice }: Piece & Priced) =>
  `${quantity} of ${productId} for line ${lineNumber} at ${unitPrice} from ${warehouseId}`

function unlike({ shipmentId, warehouseId, lines }: ShipmentRow, held: readonly HeldLine[]): string[] {
  const packed = lines.map((line) => inWords(warehouseId, line)).sort()
  const reserved = held.map((line) => inWords(line.warehouseId, line)).sort()
  if (packed.join() === reserved.join()) return []
  return [
    `parcel ${shipmentId}: ${packed.join(' + ') || 'nothing'}, reserved: ${reserved.join(' + ') || 'nothing'}`,
  ]
}
