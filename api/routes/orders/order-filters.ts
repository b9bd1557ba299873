import { z } from 'zod'
import { orderStatuses } from '#contracts/order.ts'
import { CustomerId, flag } from '#contracts/rest/fields.ts'

/** `status=paid` is text, `status=paid&status=shipping` a list. */
const listOf = (value: unknown) => (typeof value === 'string' ? [value] : value)

/** Which orders: what the list and the table take. */
export const filters = {
  customerId: CustomerId.optional(),
  status: z
    .preprocess(listOf, z.array(z.enum(orderStatuses)))
    .optional()
    .meta({
      description: 'May be given several times',
      param: { style: 'form', explode: true },
    }),
  stuck: flag('true: only orders with a step that fails'),
}

type Filters = z.output<z.ZodObject<typeof filters>>

/** As the order service asks for them. */
export const listRequest = ({ status = [], stuck = false }: Filters, customerId = '') => ({
  customerId,
  statuses: status,
  stuck,
})
