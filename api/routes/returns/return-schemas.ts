import { z } from 'zod'
import { OrderId, wholeText } from '#contracts/rest/fields.ts'
import type { ReturnOfOrder } from '#contracts/rest/returns.ts'
import { exampleOrderId } from '../orders/order-examples.ts'

export const orderParams = z.strictObject({ orderId: OrderId })

export const returnParams = orderParams.extend({
  number: wholeText(1, 1_000_000).meta({
    description: 'Returns of an order are numbered from 1',
    example: 1,
  }),
})

export const exampleReturn = { orderId: exampleOrderId, number: 1 }

export const exampleListed: ReturnOfOrder = {
  ...exampleReturn,
  customerId: '17850',
  currency: 'GBP',
  status: 'requested',
  reason: 'too many',
  amount: 510,
  requestedAt: '2010-12-09T08:26:00.000Z',
  endedAt: null,
  by: 'customer:17850',
  since: '2010-12-09T08:26:00.000Z',
  lines: [{ lineNumber: 1, productId: '85123A', quantity: 2, unitPrice: 255, restocked: 0, writtenOff: 0 }],
}
