import type { CustomerDirectory } from '#clients/customer.ts'
import type { PlaceOrder } from '#contracts/order.ts'
import type { OrderActivities, OrderPolicy } from '#contracts/order-record.ts'
import type { ReturnPolicy } from '#contracts/return.ts'
import type { Logger } from '#platform/process/logger.ts'
import { traceIdOf } from '#platform/process/trace.ts'
import type { Recorded } from '#services/order/data/insert-order.ts'
import type { NumberedChange } from '#services/order/domain/record.ts'
import {
  type Judgement,
  orderProblems,
  unknownAddress,
  unknownCustomer,
} from '#services/order/domain/rules.ts'
import type { OrderStore } from '#services/order/store.ts'

type Dependencies = {
  store: Pick<OrderStore, 'findOnRecord' | 'recordOrder' | 'recordChanges' | 'openReturn'>
  customers: CustomerDirectory
  policy: OrderPolicy
  returnPolicy: ReturnPolicy
  clock: () => Date
  logger: Logger
}

/** The order service as workflows reach it. */
export function createOrderActivities(given: Dependencies): OrderActivities {
  const { store, customers, policy, returnPolicy, clock, logger } = given
  const logOf = ({ orderId, traceparent }: { orderId: string; traceparent: string }) =>
    logger.child({ orderId, traceId: traceIdOf(traceparent) })
  return {
    recordOrder: async (request) => {
      // A later run is not judged again: its customer may have gone meanwhile.
      const found = await store.findOnRecord(request.orderId)
      const recorded: Recorded = found
        ? { kind: 'found', ...found }
        : await store.recordOrder(request, await judge(request, customers), clock())
      logOf(request).info(`order ${recorded.kind}`)
      // The customer's contact is nobody's business who reads a workflow's history.
      if (recorded.kind !== 'recorded') return { ...recorded, policy }
      return { kind: 'recorded', destination: recorded.contact.place, policy }
    },
    recordChanges: async (request) => {
      const { written, onRecord } = await store.recordChanges(request)
      for (const numbered of written) logOf(request).info(inShort(numbered), `order ${numbered.change.type}`)
      return onRecord
    },
    openReturn: async (request) => {
      const opened = await store.openReturn(request, clock())
      const { number } = request
      if (opened.kind === 'refused') {
        logOf(request).info({ number, problems: opened.problems }, 'return refused')
        return opened
      }
      logOf(request).info({ number, amount: opened.amount }, 'return opened')
      return { ...opened, policy: returnPolicy }
    },
  }
}

async function judge(request: PlaceOrder, customers: CustomerDirectory): Promise<Judgement> {
  const problems = orderProblems(request)
  if (problems.length > 0) return { kind: 'refused', problems }
  const { customerId, addressId } = request
  const found = await customers.find(customerId, addressId)
  switch (found.kind) {
    case 'found':
      return { kind: 'recorded', contact: found.contact }
    case 'no_customer':
      return unknownCustomer(customerId)
    case 'no_address':
      return unknownAddress(customerId, found.addressId)
    default:
      return found satisfies never
  }
}

/** A change for the log: without its lines, of which there may be hundreds. */
function inShort({ sequence, by, note, change }: NumberedChange) {
  const { type: _, ...facts } = change
  const short = Object.entries(facts).filter(([, value]) => !Array.isArray(value))
  return { sequence, by, ...(note && { note }), ...Object.fromEntries(short) }
}
