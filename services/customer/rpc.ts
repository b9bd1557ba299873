import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import {
  type Address,
  type Customer as CustomerMessage,
  CustomerService,
} from '#generated/proto/customer/v1/customer_pb.ts'
import { type Customer, customerProblems, isCustomerId } from './rules.ts'
import type { CustomerStore } from './store.ts'

/** Who the customers are, for the order service and for whoever brings them in. */
export const customerRoutes = (store: CustomerStore) => (router: ConnectRouter) =>
  router.service(CustomerService, {
    getCustomer: async ({ customerId }) => {
      const customer = isCustomerId(customerId) ? await store.find(customerId) : undefined
      if (!customer) throw new ConnectError('customer_id: there is no such customer', Code.NotFound)
      return { customer: asMessage(customer) }
    },
    putCustomers: async ({ customers }) => {
      const missing = customers.flatMap(({ address }, i) =>
        address ? [] : [`customers[${i}].address: is missing`],
      )
      const given = customers.flatMap((customer) =>
        customer.address ? [fromMessage(customer, customer.address)] : [],
      )
      const problems = missing.length > 0 ? missing : customerProblems(given)
      if (problems.length > 0) throw new ConnectError(inShort(problems), Code.InvalidArgument)
      return store.put(given)
    },
  })

const shown = 10

/** A message travels in a header: of 500 wrong customers the first few will do. */
function inShort(problems: string[]): string {
  const rest = problems.length - shown
  return [...problems.slice(0, shown), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ')
}

const asMessage = ({ address, place, ...contact }: Customer) => ({
  ...contact,
  address: { ...address, ...place },
})

function fromMessage({ customerId, name, email, phone }: CustomerMessage, address: Address): Customer {
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
