// The gateway over the real services on databases of their own.
import type { ConnectRouter } from '@connectrpc/connect'
import { createPasswords } from '#services/customer/data/passwords.ts'
import { createUserStore } from '#services/customer/data/users.ts'
import { startCustomerService } from '#services/customer/fixtures.ts'
import { customerRoutes } from '#services/customer/rpc.ts'
import { userRoutes } from '#services/customer/user-rpc.ts'
import { startInventoryService } from '#services/inventory/fixtures.ts'
import { inventoryRoutes } from '#services/inventory/rpc.ts'
import { createIdempotencyKeys } from '#services/order/data/idempotency-keys.ts'
import { startOrderService } from '#services/order/fixtures.ts'
import { orderRoutes } from '#services/order/rpc.ts'
import { startPaymentService } from '#services/payment/fixtures.ts'
import { paymentRoutes } from '#services/payment/rpc.ts'
import { type Services, startTestGateway } from './fixtures.ts'

/** What routes would register. */
function implementationOf<Name extends keyof Services>(
  _name: Name,
  routes: (router: ConnectRouter) => unknown,
): Services[Name] {
  let found: unknown
  const service = (_service: unknown, implementation: unknown) => (found = implementation)
  routes({ service } as unknown as ConnectRouter)
  return found as Services[Name]
}

/** `more` are services in memory. */
export async function startServicesWithGateway(more: Services = {}) {
  const [inventory, payment, customer, order] = await Promise.all([
    startInventoryService(),
    startPaymentService(),
    startCustomerService(),
    startOrderService(),
  ])
  const { shards } = customer
  const users = createUserStore({ shards, clock: () => new Date(), passwords: createPasswords() })
  const gateway = await startTestGateway({
    inventory: implementationOf('inventory', inventoryRoutes(inventory.store)),
    payments: implementationOf('payments', paymentRoutes(payment.store)),
    customers: implementationOf('customers', customerRoutes(customer.store)),
    users: implementationOf('users', userRoutes(users)),
    orders: implementationOf('orders', orderRoutes(order.store, createIdempotencyKeys(order))),
    ...more,
  })
  return {
    gateway,
    inventory,
    payment,
    order,
    stop: async () => {
      await gateway.stop()
      for (const { drop } of [inventory, payment, customer, order]) await drop()
    },
  }
}
