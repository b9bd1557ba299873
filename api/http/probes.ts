import { undefinedWhenNotFound } from '#platform/grpc/refusals.ts'
import type { Probe } from '#platform/process/readiness.ts'
import type { Clients } from '../clients.ts'

/** One small read of each service, so that its databases count too: one of several is enough. */
export function serviceProbes({
  orders,
  inventory,
  payments,
  customers,
}: Pick<Clients, 'orders' | 'inventory' | 'payments' | 'customers'>): Probe[] {
  const nobody = { customerId: 'nobody' }
  return [
    { name: 'order', required: true, probe: () => orders.listOrders({ pageSize: 1 }) },
    { name: 'inventory', required: true, probe: () => inventory.listWarehouses({}) },
    {
      name: 'payment',
      required: true,
      probe: () => payments.getAccount(nobody).catch(undefinedWhenNotFound),
    },
    {
      name: 'customer',
      required: true,
      probe: () => customers.listCustomers({ pageSize: 1 }),
    },
  ]
}
