import { z } from 'zod'
import { OrderDetails, OrderLineView, ShipmentView } from '#contracts/rest/orders.ts'
import { OpenedReturn, ReturnView } from '#contracts/rest/returns.ts'
import type { Logger } from '#platform/process/logger.ts'
import type { Gateway, GatewayAnswer } from '../place/gateway.ts'

/** What returns need of an order. */
const Order = OrderDetails.pick({ status: true }).extend({
  lines: z.array(OrderLineView.pick({ lineNumber: true, productId: true })),
  shipments: z.array(
    ShipmentView.pick({ status: true }).extend({
      lines: z.array(OrderLineView.pick({ lineNumber: true, quantity: true })),
    }),
  ),
  returns: z.array(ReturnView.pick({ number: true, status: true, amount: true })),
})
export type Order = z.infer<typeof Order>
export type Pieces = { lineNumber: number; quantity: number }

type Asked = {
  orderId: string
  /** The cancellation's: together with the order it names the return. */
  invoice: string
  lines: Pieces[]
}

export type ReturnCalls = ReturnType<typeof createReturnCalls>

/** An order's returns by the gateway's REST, as staff. Each answers undefined when it is not so far yet. */
export function createReturnCalls({ gateway, logger }: { gateway: Gateway; logger: Logger }) {
  return {
    /** The completed order, or why nothing of it can come back. */
    async endOf(orderId: string): Promise<Order | 'order_unknown' | 'order_cancelled' | undefined> {
      const order = await orderOf(orderId)
      if (order === undefined) return 'order_unknown'
      if (order.status === 'cancelled') return 'order_cancelled'
      return order.status === 'completed' ? order : undefined
    },

    /** The return's number. The same invoice and lines are the same return, in a later run too. */
    async request({ orderId, invoice, lines }: Asked): Promise<number | 'refused' | undefined> {
      const answer = await gateway.ask({
        method: 'POST',
        path: `${pathOf(orderId)}/returns`,
        body: { lines, reason: `cancellation invoice ${invoice}` },
        idempotencyKey: `log-return/${invoice}/${orderId}`,
      })
      if (answer.status === 202) return undefined
      if (answer.status !== 409 && answer.status !== 422) return Opened.parse(read(answer)).number
      logger.warn({ orderId }, `a return was refused: ${answer.text.slice(0, 500)}`)
      return 'refused'
    },

    accept: (orderId: string, number: number) => decide(orderId, number, 'decision', { accept: true }),
    /** All of it, into stock. */
    receive: (orderId: string, number: number) => decide(orderId, number, 'receipt', {}),

    async refundOf(orderId: string, number: number): Promise<{ amount: number } | 'refused' | undefined> {
      const found = (await orderOf(orderId))?.returns.find((one) => one.number === number)
      if (found?.status === 'refunded') return { amount: found.amount }
      return found?.status === 'refused' || found?.status === 'expired' ? 'refused' : undefined
    },
  }

  async function orderOf(orderId: string): Promise<Order | undefined> {
    const answer = await gateway.ask({ method: 'GET', path: pathOf(orderId) })
    return answer.status === 404 ? undefined : Order.parse(read(answer))
  }

  async function decide(orderId: string, number: number, what: string, body: object): Promise<void> {
    const path = `${pathOf(orderId)}/returns/${number}/${what}`
    const answer = await gateway.ask({ method: 'POST', path, body })
    // 409: an earlier run came this far.
    if (answer.status !== 409) read(answer)
  }
}

const Opened = OpenedReturn.pick({ number: true })

const pathOf = (orderId: string) => `/v1/orders/${orderId}`

function read({ status, text }: GatewayAnswer): unknown {
  if (status < 400) return JSON.parse(text)
  throw new Error(`the gateway takes no returns from us: ${status} ${text.slice(0, 500)}`)
}
