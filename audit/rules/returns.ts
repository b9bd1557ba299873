import type { OrderFacts } from '../facts/facts.ts'
import type { Reservation } from '../facts/inventory.ts'
import type { OrderRow, ReturnRow } from '../facts/order.ts'
import { type OrderPayment, refundsOf } from '../facts/payment.ts'
import { noneOf, type OrderRule, verdict } from './rule.ts'

export const returnRules: OrderRule[] = [
  {
    kind: 'order',
    name: 'returns.driven',
    says: 'Every return that has not ended has a running workflow.',
    counts: 'orders with returns',
    needs: ['order', 'temporal'],
    judge({ order, strandedReturns }) {
      if (!order || order.returns.length === 0) return undefined
      return verdict(strandedReturns.length === 0, `no workflow of return ${strandedReturns.join(', ')} runs`)
    },
  },
  {
    kind: 'order',
    name: 'returns.worth',
    says: 'A return is worth what its pieces cost in the order; once received, those that arrived.',
    counts: 'orders with returns',
    needs: ['order'],
    judge({ order }) {
      if (!order || order.returns.length === 0) return undefined
      return noneOf(order.returns.flatMap((one) => wrongWorth(order, one)))
    },
  },
  {
    kind: 'order',
    name: 'returns.stock',
    says: 'What has come back by an order’s returns is what inventory restocked and wrote off.',
    counts: 'orders with returns',
    needs: ['order', 'inventory'],
    unless: ['beside'],
    judge(facts) {
      const { onRecord, taken } = cameBack(facts)
      if (!facts.order?.returns.length && taken.size === 0) return undefined
      return noneOf(
        [...new Set([...onRecord.keys(), ...taken.keys()])]
          .filter((line) => onRecord.get(line) !== taken.get(line))
          .map(
            (line) =>
              `${line}: ${onRecord.get(line) ?? none} on record, ${taken.get(line) ?? none} taken back`,
          ),
      )
    },
  },
  {
    kind: 'order',
    name: 'returns.sold',
    says: 'No more pieces of a line have come back than went to the customer.',
    counts: 'orders that something came back of',
    needs: ['inventory'],
    judge({ reservation }) {
      if (!reservation || reservation.takenBack.length === 0) return undefined
      return noneOf(beyondSold(reservation))
    },
  },
  {
    kind: 'order',
    name: 'returns.refunds',
    says: 'A return that is paid back has one transfer of what its goods cost, or of what was left; no other has one.',
    counts: 'orders with returns',
    needs: ['order', 'payment'],
    unless: ['beside'],
    judge({ orderId, order, payment }) {
      const returns = order?.returns ?? []
      const moved = returnTransfers(orderId, payment)
      if (returns.length === 0 && moved.size === 0) return undefined
      const strangers = [...moved.keys()].filter(
        (number) => !returns.some((one) => `${one.number}` === number),
      )
      return noneOf([
        ...returns.flatMap((one) => wrongRefund(one, moved.get(`${one.number}`), payment, orderId)),
        ...strangers.map((number) => `return ${number} was paid back, and there is none`),
      ])
    },
  },
]

function wrongWorth({ lines: ordered }: OrderRow, { number, status, amount, lines }: ReturnRow): string[] {
  const prices = new Map(ordered.map(({ lineNumber, unitPrice }) => [lineNumber, unitPrice]))
  const arrived = status === 'received' || status === 'refunded'
  const worth = lines.reduce(
    (sum, { quantity, restocked, writtenOff, unitPrice }) =>
      sum + (arrived ? restocked + writtenOff : quantity) * unitPrice,
    0n,
  )
  return [
    ...lines
      .filter(({ lineNumber, unitPrice }) => prices.get(lineNumber) !== unitPrice)
      .map(
        ({ lineNumber, unitPrice }) =>
          `return ${number} line ${lineNumber} at ${unitPrice}, bought at ${prices.get(lineNumber) ?? 'no price'}`,
      ),
    ...(worth === amount ? [] : [`return ${number}: its lines are worth ${worth}, on record ${amount}`]),
  ]
}

const inWords = (restocked: bigint, writtenOff: bigint) =>
  `${restocked} restocked + ${writtenOff} written off`
const none = inWords(0n, 0n)

type CameBack = { number: number | null; lineNumber: number | null; restocked: bigint; writtenOff: bigint }

/** Pieces in words, by return and line. */
function cameBack({ order, reservation }: OrderFacts) {
  const returned = (order?.returns ?? []).flatMap(({ number, lines }) =>
    lines.map((line) => ({ number, ...line })),
  )
  return { onRecord: byLine(returned), taken: byLine(reservation?.takenBack ?? []) }
}

function byLine(lines: readonly CameBack[]): Map<string, string> {
  const grouped = Map.groupBy(lines, ({ number, lineNumber }) => `return ${number} line ${lineNumber}`)
  const pieces = [...grouped].map(([line, parts]): [string, string] => [
    line,
    inWords(
      parts.reduce((sum, { restocked }) => sum + restocked, 0n),
      parts.reduce((sum, { writtenOff }) => sum + writtenOff, 0n),
    ),
  ])
  return new Map(pieces.filter(([, words]) => words !== none))
}

/** Lines that are still reserved may be on their way to be sold: that an ended order holds none is another rule. */
function beyondSold({ lines, takenBack }: Reservation): string[] {
  const went = lines.filter(({ state }) => state === 'sold' || state === 'reserved')
  return [...Map.groupBy(takenBack, ({ lineNumber }) => lineNumber)].flatMap(([lineNumber, parts]) => {
    const back = parts.reduce((sum, { restocked, writtenOff }) => sum + restocked + writtenOff, 0n)
    const sold = went
      .filter((line) => line.lineNumber === lineNumber)
      .reduce((sum, { quantity }) => sum + quantity, 0n)
    return back <= sold ? [] : [`line ${lineNumber}: ${sold} sold, ${back} came back`]
  })
}

/** Amounts by the return's number, as the transfer names it. */
const returnTransfers = (orderId: string, payment: OrderPayment | undefined): Map<string, bigint> =>
  new Map(
    [...refundsOf(orderId, payment)]
      .filter(([part]) => part.startsWith('return/'))
      .map(([part, amount]) => [part.slice('return/'.length), amount]),
  )

function wrongRefund(
  { number, status, amount, refunded }: ReturnRow,
  moved: bigint | undefined,
  payment: OrderPayment | undefined,
  orderId: string,
): string[] {
  if (status !== 'refunded') {
    return moved === undefined ? [] : [`return ${number} is ${status}, and ${moved} went back for it`]
  }
  if (refunded !== (moved ?? 0n)) return [`return ${number}: ${refunded} on record, ${moved ?? 0} went back`]
  const left = payment ? payment.amount - payment.refunded : 0n
  // What staff gave back before does not go back again.
  const byStaff = [...refundsOf(orderId, payment)]
    .filter(([part]) => part.startsWith('staff/'))
    .reduce((sum, [, part]) => sum + part, 0n)
  return refunded === amount || left === 0n || amount - refunded <= byStaff
    ? []
    : [`return ${number}: worth ${amount}, ${refunded} went back, and ${left} is left`]
}
