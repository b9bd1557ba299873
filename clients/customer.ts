import type { Client } from '@connectrpc/connect'
import type { Customer, CustomerContact } from '#contracts/customer.ts'
import type { CustomerService } from '#generated/proto/customer/v1/customer_pb.ts'
import { undefinedWhenNotFound } from '#platform/grpc/refusals.ts'

export type FoundContact =
  | { kind: 'found'; contact: CustomerContact }
  | { kind: 'no_customer' }
  /** The customer has no address of this name. */
  | { kind: 'no_address'; addressId: string }

export type CustomerDirectory = {
  /** With the named address, or the first. Throws when the customer service cannot say. */
  find(customerId: string, addressId?: string): Promise<FoundContact>
}

/** The customer service as the order service reaches it. */
export function createCustomerDirectory({
  client,
}: {
  client: Pick<Client<typeof CustomerService>, 'getCustomer'>
}): CustomerDirectory {
  return {
    find: async (customerId, addressId) => {
      const found = await client.getCustomer({ customerId }).catch(undefinedWhenNotFound)
      return found?.customer ? contactOf(found.customer, addressId) : { kind: 'no_customer' }
    },
  }
}

function contactOf(customer: Customer, addressId = customer.addresses[0]?.addressId): FoundContact {
  const { customerId, name, email, phone, addresses } = customer
  if (addressId === undefined) throw new Error(`customer ${customerId} came without an address`)
  const chosen = addresses.find((address) => address.addressId === addressId)
  if (!chosen) return { kind: 'no_address', addressId }
  const { line, city, postcode, country, latitude, longitude } = chosen
  const address = { line, city, postcode, country }
  return { kind: 'found', contact: { name, email, phone, address, place: { latitude, longitude } } }
}
