import { type Client, Code, ConnectError } from '@connectrpc/connect'
import type { CustomerContact } from '#contracts/customer.ts'
import type { CustomerService } from '#generated/proto/customer/v1/customer_pb.ts'

export type CustomerDirectory = {
  /** Undefined when there is no such customer; throws when the customer service cannot say. */
  find(customerId: string): Promise<CustomerContact | undefined>
}

/** The customer service as the order service reaches it. */
export function createCustomerDirectory({
  client,
}: {
  client: Pick<Client<typeof CustomerService>, 'getCustomer'>
}): CustomerDirectory {
  return {
    find: async (customerId) => {
      const { customer } = await client.getCustomer({ customerId }).catch(nobodyWhenNotFound)
      if (!customer) return undefined
      if (!customer.address) throw new Error(`customer ${customerId} came without an address`)
      const { name, email, phone } = customer
      const { line, city, postcode, country, latitude, longitude } = customer.address
      return {
        name,
        email,
        phone,
        address: { line, city, postcode, country },
        place: { latitude, longitude },
      }
    },
  }
}

function nobodyWhenNotFound(error: unknown) {
  if (ConnectError.from(error).code === Code.NotFound) return { customer: undefined }
  throw error
}
