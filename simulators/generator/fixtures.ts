// A counter for returns that answers by HTTP as the gateway does, in the services' stead.
import type { Call, Reply } from '#clients/rest/fixtures.ts'

type Line = { lineNumber: number; quantity: number }
export type DeskOrder = {
  status: string
  shipments: { status: string; lines: Line[] }[]
  /** Its lines', in their order. */
  products: string[]
  /** So many pieces can come back; without it all. */
  left?: number
}
type DeskReturn = { key: string | undefined; status: string; amount: number }

const json = (status: number, body: object): Reply => ({ status, text: JSON.stringify(body) })

/** Every piece costs a pound. Answers calls about the orders; each return goes through its steps once. */
export function createReturnDesk(orders: Record<string, DeskOrder>): (call: Call) => Reply {
  const returns = new Map<string, DeskReturn[]>()
  return ({ request, key, body }) => {
    const [, orderId = '', number, step] =
      /\/v1\/orders\/([\w-]+)(?:\/returns)?(?:\/(\d+)\/(\w+))?$/.exec(request) ?? []
    const order = orders[orderId]
    if (!order) return json(404, {})
    const known = returns.get(orderId) ?? []
    returns.set(orderId, known)
    if (request.startsWith('GET')) {
      const lines = order.products.map((productId, i) => ({ lineNumber: i + 1, productId }))
      return json(200, { ...order, lines, returns: known.map(viewOf) })
    }
    if (number !== undefined) return decide(known[Number(number) - 1], step)
    return open(order, known, key, JSON.parse(body) as { lines: Line[] })
  }
}

const viewOf = ({ status, amount }: DeskReturn, i: number) => ({ number: i + 1, status, amount })

function open(
  { left }: DeskOrder,
  known: DeskReturn[],
  key: string | undefined,
  { lines }: { lines: Line[] },
): Reply {
  if (left === 0) return json(422, { type: '/problems/invalid-body' })
  const repeat = known.findIndex((one) => one.key === key)
  if (repeat >= 0) return json(201, { number: repeat + 1 })
  const amount = lines.reduce((sum, { quantity }) => sum + quantity * 100, 0)
  return json(201, { number: known.push({ key, status: 'requested', amount }) })
}

const steps: Record<string, string> = { 'requested decision': 'accepted', 'accepted receipt': 'refunded' }

function decide(found: DeskReturn | undefined, step: string | undefined): Reply {
  const next = steps[`${found?.status} ${step}`]
  if (!found || !next) return json(409, { type: '/problems/not-now' })
  found.status = next
  return json(200, {})
}
