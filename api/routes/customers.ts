import { z } from 'zod'
import type { Customer } from '#generated/proto/customer/v1/customer_pb.ts'
import type { Clients } from '../clients.ts'
import { type Route, route } from '../route.ts'
import { Batch, CustomerId, text } from '../schemas.ts'

const NewCustomer = z
  .strictObject({
    customerId: CustomerId,
    name: text(200),
    email: z.email({ error: 'must be an email address' }).max(320),
    phone: text(40, 0),
    address: z.strictObject({
      line: text(200),
      city: text(100),
      postcode: text(20, 0),
      country: text(100),
    }),
    place: z
      .strictObject({
        latitude: z.number().min(-90).max(90),
        longitude: z.number().min(-180).max(180),
      })
      .meta({ description: 'Degrees, WGS 84: the nearest warehouse delivers' }),
  })
  .meta({ id: 'NewCustomer' })

const CustomerView = z
  .object({
    customerId: z.string(),
    name: z.string(),
    email: z.string(),
    phone: z.string(),
    address: z.object({ line: z.string(), city: z.string(), postcode: z.string(), country: z.string() }),
    place: z.object({ latitude: z.number(), longitude: z.number() }),
  })
  .meta({ id: 'Customer' })

const example = {
  customerId: '17850',
  name: 'Ada Example',
  email: 'ada@example.com',
  phone: '+44 20 7946 0000',
  address: { line: '1 High Street', city: 'London', postcode: 'SW1A 1AA', country: 'United Kingdom' },
  place: { latitude: 51.5, longitude: -0.12 },
}

export function customerRoutes({ customers }: Pick<Clients, 'customers'>): Route[] {
  return [
    route({
      method: 'put',
      path: '/v1/customers',
      name: 'putCustomers',
      access: 'staff',
      tag: 'customers',
      summary: 'Add or replace customers',
      bodyLimit: '2mb',
      body: z.strictObject({ customers: z.array(NewCustomer).min(1).max(500) }),
      example: { customers: [example] },
      answers: { 200: { description: 'Done', schema: Batch, example: { added: 1, changed: 0 } } },
      refusals: ['unavailable'],
    }).handledBy(async ({ body, call }) => {
      const all = body.customers.map(({ place, address, ...contact }) => ({
        ...contact,
        address: { ...address, ...place },
      }))
      const { added, changed } = await customers.putCustomers({ customers: all }, call)
      return { status: 200, body: { added, changed } }
    }),

    route({
      method: 'get',
      path: '/v1/customers/{customerId}',
      name: 'getCustomer',
      access: 'owner',
      tag: 'customers',
      summary: 'A customer',
      params: z.strictObject({ customerId: CustomerId }),
      answers: { 200: { description: 'The customer', schema: CustomerView, example } },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { customerId }, call }) => {
      const { customer } = await customers.getCustomer({ customerId }, call)
      if (!customer?.address) throw new Error('the customer service answered without an address')
      return { status: 200, body: viewOf(customer, customer.address) }
    }),
  ]
}

function viewOf({ customerId, name, email, phone }: Customer, address: NonNullable<Customer['address']>) {
  const { line, city, postcode, country, latitude, longitude } = address
  return {
    customerId,
    name,
    email,
    phone,
    address: { line, city, postcode, country },
    place: { latitude, longitude },
  }
}
