import { z } from 'zod'
import { OrderId, wholeText } from '#contracts/rest/fields.ts'
import { exampleOrderId } from '../orders/order-examples.ts'

export const orderParams = z.strictObject({ orderId: OrderId })

export const returnParams = orderParams.extend({
  number: wholeText(1, 1_000_000).meta({
    description: 'Returns of an order are numbered from 1',
    example: 1,
  }),
})

export const exampleReturn = { orderId: exampleOrderId, number: 1 }
