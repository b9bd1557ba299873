import { Code, ConnectError } from '@connectrpc/connect'
import type { Clients } from './clients.ts'

/** Asks one dependency something cheap; throws when it does not answer. */
export type Probe = { name: string; required: boolean; probe: () => Promise<unknown> }

/** One small read of each service, so that its database counts too. */
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
    { name: 'payment', required: true, probe: () => answered(payments.getAccount(nobody)) },
    { name: 'customer', required: true, probe: () => answered(customers.getCustomer(nobody)) },
  ]
}

/** That there is no such thing is an answer too. */
async function answered(call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof ConnectError && error.code === Code.NotFound)) throw error
  }
}
