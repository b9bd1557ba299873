import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import { z } from 'zod'
import type { Call, Clients } from '#api/clients.ts'
import { type Caller, customerFor } from '#api/http/auth.ts'
import { isRefusal, type Refusal, refuse } from '#api/http/problems.ts'
import { lengths } from '#contracts/limits.ts'
import { maxAmount } from '#contracts/money.ts'
import { cancelReasons, orderSources, orderStatuses } from '#contracts/order.ts'
import { maxSearchedCustomers, orderSorts, usualSort } from '#contracts/order-list.ts'
import { CustomerId, flag, ProductId, Search, severalOf, text, wholeText } from '#contracts/rest/fields.ts'
import type { ListOrdersRequestSchema } from '#generated/proto/order/v1/order_pb.ts'

const Time = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2010-12-01T08:26:00Z' })
  .transform((time) => new Date(time))
  .meta({ override: { type: 'string', format: 'date-time' } })

const time = (description: string) => Time.optional().meta({ description, example: '2010-12-01T08:26:00Z' })
const total = (description: string) => wholeText(0, maxAmount).optional().meta({ description })

/** Which orders, and in which order: what the list and the table take. */
export const filters = {
  q: Search.optional().meta({
    description:
      'An order’s id, at least the first or the last eight characters of it; the beginning of a reference; a product’s or a customer’s id; for staff also part of a customer’s name or e-mail address',
  }),
  customerId: CustomerId.optional(),
  status: severalOf(z.enum(orderStatuses)),
  stuck: flag('true: only orders with a step that fails'),
  source: severalOf(z.enum(orderSources)),
  reason: severalOf(z.enum(cancelReasons)),
  reference: text(lengths.reference).optional().meta({ description: 'The source’s own number, whole' }),
  productId: ProductId.optional().meta({ description: 'Orders with a line of this product' }),
  country: text(lengths.country)
    .optional()
    .meta({ description: 'Where the order goes to, as its address says it' }),
  placedFrom: time('Placed then or later'),
  placedBefore: time('Placed earlier than that'),
  updatedSince: time(
    'Changed then or later. Whoever follows all changes asks from a minute before the last answer: a change shows once it is committed',
  ),
  totalMin: total('Minor units; an order that is not reserved yet has 0'),
  totalMax: total('Minor units'),
  sort: z.enum(orderSorts).default(usualSort).meta({
    description: 'With a minus the latest, or the greatest, come first',
  }),
}

type Filters = z.output<z.ZodObject<typeof filters>>

export type OrdersAsked = MessageInitShape<typeof ListOrdersRequestSchema> & {
  /** What could not be asked for what the filters mean. */
  missing: { shard: string; why: string }[]
}

/** As the order service asks for them. */
export async function listRequest(
  { customers }: Pick<Clients, 'customers'>,
  query: Filters,
  caller: Caller,
  call: Call,
): Promise<OrdersAsked | Refusal> {
  const customerId = customerFor(caller, query.customerId)
  if (isRefusal(customerId)) return customerId
  const { q, status = [], stuck = false, source = [], reason = [], sort } = query
  const named =
    q !== undefined && caller.role === 'staff' ? await customersNamed(customers, q, call) : noCustomers
  if (isRefusal(named)) return named
  const { reference = '', productId = '', country = '', totalMin, totalMax } = query
  return {
    customerId: customerId ?? '',
    statuses: status,
    stuck,
    sort: sort === usualSort ? '' : sort,
    filters: {
      sources: source,
      reasons: reason,
      reference,
      productId,
      country,
      ...timesIn(query),
      ...(totalMin !== undefined && { totalMin: BigInt(totalMin) }),
      ...(totalMax !== undefined && { totalMax: BigInt(totalMax) }),
      ...(q !== undefined && { search: { text: q, customerIds: named.customerIds } }),
    },
    missing: named.missing,
  }
}

function timesIn({ placedFrom, placedBefore, updatedSince }: Filters) {
  return {
    ...(placedFrom && { placedFrom: timestampFromDate(placedFrom) }),
    ...(placedBefore && { placedBefore: timestampFromDate(placedBefore) }),
    ...(updatedSince && { updatedSince: timestampFromDate(updatedSince) }),
  }
}

const noCustomers = { customerIds: [] as string[], missing: [] as OrdersAsked['missing'] }

/** An order is found by its id also while nobody can say whose name it would be. */
async function customersNamed(customers: Clients['customers'], q: string, call: Call) {
  try {
    const found = await customers.listCustomers({ search: q, pageSize: maxSearchedCustomers }, call)
    if (found.nextCursor !== '') {
      const message = `must be longer: over ${maxSearchedCustomers} customers are called so`
      return refuse('invalid-body', `q: ${message}`, { errors: [{ path: 'q', message }] })
    }
    return { customerIds: found.customers.map(({ customerId }) => customerId), missing: found.missing }
  } catch (error) {
    if (ConnectError.from(error).code !== Code.Unavailable) throw error
    return { ...noCustomers, missing: [{ shard: 'customers', why: 'the customer service is unavailable' }] }
  }
}

/** Something that the record alone knows, so that an order on no record cannot be told to fit. */
export const asksByRecord = ({ filters, sort }: Pick<OrdersAsked, 'filters' | 'sort'>): boolean =>
  sort !== '' ||
  Object.values(filters ?? {}).some((value) =>
    Array.isArray(value) ? value.length > 0 : value !== '' && value !== undefined,
  )
