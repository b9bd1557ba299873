import type { CameBack, OrderFacts, OrderPayment, Reservation, ReturnRow } from './order-facts.ts'
import { type OrderRule, verdict } from './rules.ts'

export const returnRules: OrderRule[] = [
  {
    kind: 'order',
    name: 'returns.driven',
    says: 'Every return that has not ended has a running workflow.',
    counts: 'orders with returns',
    judge({ order, strandedReturns }) {
      if (!order || order.returns.length === 0) return undefined
      const numbers = strandedReturns.map(({ number }) => number)
      return verdict(numbers.length === 0, `no workflow of return ${numbers.join(', ')} runs`)
    },
  },
  {
    kind: 'order',
    name: 'returns.stock',
    says: 'What has come back by an order’s returns is what inventory restocked and wrote off.',
    counts: 'orders with returns',
    judge(facts) {
      const { onRecord, taken } = cameBack(facts)
      if (!facts.order?.returns.length && taken.size === 0) return undefined
      const wrong = [...new Set([...onRecord.keys(), ...taken.keys()])]
        .filter((line) => onRecord.get(line) !== taken.get(line))
        .map(
          (line) => `${line}: ${onRecord.get(line) ?? none} on record, ${taken.get(line) ?? none} taken back`,
        )
      return verdict(wrong.length === 0, wrong.join('; '))
    },
  },
  {
    kind: 'order',
    name: 'returns.sold',
    says: 'No more pieces of a line have come back than went to the customer.',
    counts: 'orders that something came back of',
    judge({ reservation }) {
      if (!reservation || reservation.takenBack.length === 0) return undefined
      const wrong = beyondSold(reservation)
      return verdict(wrong.length === 0, wrong.join('; '))
    },
  },
  {
    kind: 'order',
    name: 'returns.refunds',
    says: 'A return that is paid back has one transfer of what its goods cost, or of what was left; no other has one.',
    counts: 'orders with returns',
    judge({ order, payment }) {
      const returns = order?.returns ?? []
      const moved = returnTransfers(payment)
      if (returns.length === 0 && moved.size === 0) return undefined
      const strangers = [...moved.keys()].filter((number) => !returns.some((one) => one.number === number))
      const wrong = [
        ...returns.flatMap((one) => wrongRefund(one, moved.get(one.number), payment)),
        ...strangers.map((number) => `return ${number} was paid back, and there is none`),
      ]
      return verdict(wrong.length === 0, wrong.join('; '))
    },
  },
]

const inWords = (restocked: number, writtenOff: number) =>
  `${restocked} restocked + ${writtenOff} written off`
const none = inWords(0, 0)

/** Pieces in words, by return and line. */
function cameBack({ order, reservation }: OrderFacts) {
  const returned = (order?.returns ?? []).flatMap(({ number, lines }) =>
    lines.map((line) => ({ number, ...line })),
  )
  return { onRecord: byLine(returned), taken: byLine(reservation?.takenBack ?? []) }
}

function byLine(lines: readonly (CameBack & { number: number })[]): Map<string, string> {
  const grouped = Map.groupBy(lines, ({ number, lineNumber }) => `return ${number} line ${lineNumber}`)
  const pieces = [...grouped].map(([line, parts]): [string, string] => [
    line,
    inWords(
      parts.reduce((sum, { restocked }) => sum + restocked, 0),
      parts.reduce((sum, { writtenOff }) => sum + writtenOff, 0),
    ),
  ])
  return new Map(pieces.filter(([, words]) => words !== none))
}

/** Lines that are still reserved may be on their way to be sold: that an ended order holds none is another rule. */
function beyondSold({ lines, takenBack }: Reservation): string[] {
  const went = lines.filter(({ state }) => state === 'sold' || state === 'reserved')
  return [...Map.groupBy(takenBack, ({ lineNumber }) => lineNumber)].flatMap(([lineNumber, parts]) => {
    const back = parts.reduce((sum, { restocked, writtenOff }) => sum + restocked + writtenOff, 0)
    const sold = went
      .filter((line) => line.lineNumber === lineNumber)
      .reduce((sum, { quantity }) => sum + quantity, 0)
    return back <= sold ? [] : [`line ${lineNumber}: ${sold} sold, ${back} came back`]
  })
}

/** Amounts by the return's number. */
const returnTransfers = (payment: OrderPayment | undefined): Map<number, number> =>
  new Map(
    Object.entries(payment?.refunds ?? {})
      .filter(([part]) => part.startsWith('return/'))
      .map(([part, amount]) => [Number(part.slice('return/'.length)), amount]),
  )

function wrongRefund(
  { number, status, amount, refunded }: ReturnRow,
  moved: number | undefined,
  payment: OrderPayment | undefined,
): string[] {
  if (status !== 'refunded') {
    return moved === undefined ? [] : [`return ${number} is ${status}, and ${moved} went back for it`]
  }
  if (refunded !== (moved ?? 0)) return [`return ${number}: ${refunded} on record, ${moved ?? 0} went back`]
  const left = payment ? payment.amount - payment.refunded : 0
  return refunded === amount || left === 0
    ? []
    : [`return ${number}: worth ${amount}, ${refunded} went back, and ${left} is left`]
}
