import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { type Route, route } from '#api/http/route.ts'
import { partialOf } from '#api/http/unreadable.ts'
import {
  CustomerChanges,
  CustomerPage,
  CustomerView,
  NewCustomer,
  PutCustomer,
} from '#contracts/rest/customers.ts'
import { Batch, Cursor, CustomerId, Existing, limit, Search } from '#contracts/rest/fields.ts'
import { addressesOf, exampleCustomer as example, messagesOf, viewOf } from './customer-views.ts'

const params = z.strictObject({ customerId: CustomerId })

export function customerRoutes({ customers }: Pick<Clients, 'customers'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/customers',
      name: 'listCustomers',
      access: 'staff',
      tag: 'customers',
      summary: 'Customers, by id',
      query: z.strictObject({
        search: Search.optional().meta({ description: 'Part of the id, name or e-mail address' }),
        cursor: Cursor.optional(),
        limit: limit(50, 200),
      }),
      answers: {
        200: {
          description: 'A page of customers',
          schema: CustomerPage,
          example: { customers: [example], nextCursor: null, ...partialOf({}) },
        },
      },
      refusals: ['unavailable', 'invalid-body'],
    }).handledBy(async ({ query: { search = '', cursor = '', limit: pageSize }, call }) => {
      const page = await customers.listCustomers({ search, cursor, pageSize }, call)
      return {
        status: 200,
        body: {
          customers: page.customers.map(viewOf),
          nextCursor: page.nextCursor || null,
          ...partialOf(page),
        },
      }
    }),

    route({
      method: 'post',
      path: '/v1/customers',
      name: 'createCustomer',
      access: 'staff',
      tag: 'customers',
      summary: 'Add a customer',
      body: NewCustomer,
      example,
      answers: {
        201: {
          description: 'The customer',
          schema: CustomerView,
          example,
          headers: { Location: 'Where the customer is' },
        },
      },
      refusals: ['conflict', 'unavailable'],
    }).handledBy(async ({ body: { addresses, ...contact }, call }) => {
      const customer = { ...contact, addresses: messagesOf(addresses) }
      const created = await customers.createCustomer({ customer }, call)
      const headers = { Location: `/v1/customers/${contact.customerId}` }
      return { status: 201, headers, body: viewOf(created.customer) }
    }),

    route({
      method: 'put',
      path: '/v1/customers',
      name: 'putCustomers',
      access: 'staff',
      tag: 'customers',
      summary: 'Add or replace customers',
      bodyLimit: '2mb',
      body: z.strictObject({ customers: z.array(PutCustomer).min(1).max(500), existing: Existing }),
      example: { customers: [example] },
      answers: { 200: { description: 'Done', schema: Batch, example: { added: 1, changed: 0 } } },
      refusals: ['unavailable'],
    }).handledBy(async ({ body, call }) => {
      const all = body.customers.map((customer) => {
        const { customerId, name, email, phone } = customer
        return { customerId, name, email, phone, addresses: addressesOf(customer) }
      })
      const { added, changed } = await customers.putCustomers(
        { customers: all, keepExisting: body.existing === 'keep' },
        call,
      )
      return { status: 200, body: { added, changed } }
    }),

    route({
      method: 'get',
      path: '/v1/customers/{customerId}',
      name: 'getCustomer',
      access: 'owner',
      tag: 'customers',
      summary: 'A customer',
      params,
      answers: { 200: { description: 'The customer', schema: CustomerView, example } },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { customerId }, call }) => {
      const { customer } = await customers.getCustomer({ customerId }, call)
      return { status: 200, body: viewOf(customer) }
    }),

    route({
      method: 'patch',
      path: '/v1/customers/{customerId}',
      name: 'updateCustomer',
      access: 'owner',
      tag: 'customers',
      summary: "Change a customer's contact or addresses",
      description: 'Orders that are on record keep the address they were placed with.',
      params,
      body: CustomerChanges,
      example: { phone: '+44 20 7946 0001' },
      answers: { 200: { description: 'The customer', schema: CustomerView, example } },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { customerId }, body: { addresses, ...contact }, call }) => {
      const addressBook = addresses && { addresses: messagesOf(addresses) }
      const changes = { customerId, ...contact, ...(addressBook && { addressBook }) }
      const { customer } = await customers.updateCustomer(changes, call)
      return { status: 200, body: viewOf(customer) }
    }),
  ]
}
