import { type Client, Code, ConnectError } from '@connectrpc/connect'
import type { CustomerService } from '#generated/proto/customer/v1/customer_pb.ts'

export type Recipients = {
  /** Undefined when there is no such customer; throws when the customer service cannot say. */
  find(customerId: string): Promise<{ name: string; email: string } | undefined>
}

export function createRecipients(client: Pick<Client<typeof CustomerService>, 'getCustomer'>): Recipients {
  return {
    find: async (customerId) => {
      const { customer } = await client.getCustomer({ customerId }).catch(nobodyWhenUnknown)
      return customer && { name: customer.name, email: customer.email }
    },
  }
}

/** A text that can be nobody's id is nobody's. */
function nobodyWhenUnknown(error: unknown) {
  const { code } = ConnectError.from(error)
  if (code === Code.NotFound || code === Code.InvalidArgument) return { customer: undefined }
  throw error
}
