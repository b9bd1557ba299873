// What answers promise, against what is on record.

export type Kind = 'cancel' | 'give up' | 'amend' | 'move'

/** One request of one person; `mark` is a note of its own, or what the order says of the person's wish. Status 0: no answer. */
export type Asked = {
  kind: Kind
  by: string
  mark: string
  status: number
  /** An amendment's. */
  quantity?: number
  /** A move's. */
  move?: { shipmentId: string; status: string }
}

type Row = { type: string; by: string; note: string | null }
export type Order = {
  orderId: string
  status: string
  lines: { quantity: number }[]
  stuckSteps: unknown[]
  shipments: { shipmentId: string; status: string }[]
  history: Row[]
}

const rowType = {
  cancel: 'cancelling',
  'give up': 'cancelling',
  amend: 'amended',
  move: 'shipment_moved',
} as const satisfies Record<Kind, string>

export const isAccepted = ({ status }: Asked): boolean => status === 200
const isRefused = ({ status }: Asked): boolean => status >= 400 && status < 500
export const ended = ({ status }: Order): boolean => status === 'completed' || status === 'cancelled'

/** Each contradiction in words; none when the order is as its answers say. */
export function contradictions(order: Order, asked: readonly Asked[]): string[] {
  const found = asked.flatMap((one) => wrongRows(order, one).map((what) => `${inWords(one)} ${what}`))
  return [...found, ...wrongOutcome(order, asked)].map(
    (what) => `${order.orderId} (${order.status}): ${what}`,
  )
}

const inWords = ({ kind, by, status }: Asked): string => `${kind} by ${by}, answered ${status},`

/** A request leaves one row of its own when it was accepted, none when it was refused, and never two. */
function wrongRows({ history }: Order, one: Asked): string[] {
  const rows = history.filter(
    ({ type, by, note }) => type === rowType[one.kind] && by === one.by && (note ?? '').includes(one.mark),
  )
  if (rows.length > 1) return [`is on record ${rows.length} times`]
  if (isRefused(one) && rows.length > 0) return ['is on record']
  if (!isAccepted(one) || rows.length === 1) return []
  // The first of several cancels is the one on record.
  const isUndone = history.some(({ type }) => type === 'cancelling')
  return one.kind === 'cancel' && isUndone ? [] : ['is not on record']
}

function wrongOutcome({ status, history, lines, shipments }: Order, asked: readonly Asked[]): string[] {
  const has = (type: string) => history.some((row) => row.type === type)
  const accepted = asked.filter(isAccepted)
  const delivered = shipments.some((one) => one.status === 'delivered')
  const amended = history.findLast(({ type }) => type === 'amended')
  const wanted = asked.find(({ kind, by }) => kind === 'amend' && by === amended?.by)?.quantity
  const checks: [holds: boolean, what: string][] = [
    [
      status === 'cancelled' ||
        delivered ||
        !accepted.some(({ kind }) => kind === 'cancel' || kind === 'give up'),
      'a cancel was accepted, and nothing was delivered',
    ],
    [!has('cancel_refused') || delivered, 'a cancel was refused though nothing was delivered'],
    [!amended || lines[0]?.quantity === wanted, `${lines[0]?.quantity} pieces, ${wanted} wanted`],
    [(status === 'completed') === delivered, 'completed and delivered are not the same'],
    ...accepted.map(({ move, by }): [boolean, string] => [
      !isFinal(move?.status) ||
        shipments.some((one) => one.shipmentId === move?.shipmentId && one.status === move?.status),
      `${by} moved the parcel to ${move?.status}, and it is something else`,
    ]),
  ]
  return checks.filter(([holds]) => !holds).map(([, what]) => what)
}

const isFinal = (status: string | undefined) => status === 'delivered' || status === 'lost'
