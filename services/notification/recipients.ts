import type { Client } from '@connectrpc/connect'
import type { CustomerService } from '#generated/proto/customer/v1/customer_pb.ts'
import { undefinedWhenNotFound } from '#platform/grpc/refusals.ts'

export type Recipients = {
  /** Undefined when there is no such customer; throws when the customer service cannot say. */
  find(customerId: string): Promise<{ name: string; email: string } | undefined>
}

export function createRecipients(client: Pick<Client<typeof CustomerService>, 'getCustomer'>): Recipients {
  return {
    find: async (customerId) => {
      const found = await client.getCustomer({ customerId }).catch(undefinedWhenNotFound)
      const customer = found?.customer
      return customer && { name: customer.name, email: customer.email }
    },
  }
}
