import { Code, type ConnectRouter } from '@connectrpc/connect'
import type { Customer, CustomerAddress } from '#contracts/customer.ts'
import { isId } from '#contracts/ids.ts'
import {
  type Address,
  type Customer as CustomerMessage,
  CustomerService,
  type UpdateCustomerRequest,
} from '#generated/proto/customer/v1/customer_pb.ts'
import { pagesOf, searchProblems } from '#platform/grpc/pages.ts'
import { refusal, refuseIfAny } from '#platform/grpc/refusals.ts'
import { TRACEPARENT } from '#platform/messaging/messages.ts'
import { continuedTrace } from '#platform/process/trace.ts'
import { composed } from '#platform/values/texts.ts'
import { type CustomerChanges, changeProblems, customerProblems, problemsOf } from './domain/rules.ts'
import type { CustomerStore } from './store.ts'

const pages = pagesOf<{ customerId: string }>({
  name: 'customers',
  usual: 50,
  largest: 200,
  write: ({ customerId }) => customerId,
  read: (customerId) => (isId(customerId) ? { customerId } : undefined),
})

/** Who the customers are, for the order service, the notifications and the gateway. */
export const customerRoutes = (store: CustomerStore) => (router: ConnectRouter) =>
  router.service(CustomerService, {
    getCustomer: async ({ customerId }) => {
      const customer = isId(customerId) ? await store.find(customerId) : undefined
      if (!customer) throw nobody()
      return { customer }
    },
    listCustomers: async (request) => {
      const search = composed(request.search)
      const asked = pages(request, [search])
      refuseIfAny([...searchProblems(search), ...asked.problems])
      const { limit, after } = asked
      const { customers, missing } = await store.list({ search, after: after?.customerId ?? '', limit })
      const { page, nextCursor } = asked.of(customers)
      return { customers: page, nextCursor, missing }
    },
    createCustomer: async ({ customer: given }, { requestHeader }) => {
      if (!given) throw refusal(Code.InvalidArgument, 'customer: is missing')
      const customer = customerOf(given)
      refuseIfAny(problemsOf(customer, 'customer.'))
      const isTheirs = await store.create(customer, traceparentOf(requestHeader))
      if (!isTheirs)
        throw refusal(Code.AlreadyExists, 'customer.customer_id: there is another customer of this id')
      return { customer }
    },
    updateCustomer: async (request, { requestHeader }) => {
      const changes = changesOf(request)
      refuseIfAny(changeProblems(changes))
      const { customerId } = request
      const customer = isId(customerId)
        ? await store.update(customerId, changes, traceparentOf(requestHeader))
        : undefined
      if (!customer) throw nobody()
      return { customer }
    },
    putCustomers: async ({ customers, keepExisting }, { requestHeader }) => {
      const given = customers.map(customerOf)
      refuseIfAny(customerProblems(given))
      const traceparent = traceparentOf(requestHeader)
      return keepExisting
        ? { added: await store.add(given, traceparent), changed: 0 }
        : store.put(given, traceparent)
    },
  })

const nobody = () => refusal(Code.NotFound, 'customer_id: there is no such customer')

const traceparentOf = (headers: Headers) => continuedTrace(headers.get(TRACEPARENT))

const customerOf = ({ customerId, name, email, phone, addresses }: CustomerMessage): Customer => ({
  customerId,
  name: composed(name),
  email: composed(email),
  phone: composed(phone),
  addresses: addresses.map(addressOf),
})

const addressOf = (address: Address): CustomerAddress => {
  const { addressId, latitude, longitude } = address
  const [line, city] = [composed(address.line), composed(address.city)]
  const [postcode, country] = [composed(address.postcode), composed(address.country)]
  return { addressId, line, city, postcode, country, latitude, longitude }
}

function changesOf({ name, email, phone, addressBook }: UpdateCustomerRequest): CustomerChanges {
  return {
    ...(name !== undefined && { name: composed(name) }),
    ...(email !== undefined && { email: composed(email) }),
    ...(phone !== undefined && { phone: composed(phone) }),
    ...(addressBook && { addresses: addressBook.addresses.map(addressOf) }),
  }
}
