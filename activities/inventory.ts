import type { InventoryActivities } from '#contracts/inventory.ts'
import type { Logger } from '#platform/process/logger.ts'
import { traceIdOf } from '#platform/process/trace.ts'
import type { InventoryStore } from '#services/inventory/store.ts'

type Dependencies = { store: InventoryStore; logger: Logger }

/** The inventory service as workflows reach it. */
export function createInventoryActivities({ store, logger }: Dependencies): InventoryActivities {
  const logOf = ({ orderId, traceparent }: { orderId: string; traceparent: string }) =>
    logger.child({ orderId, traceId: traceIdOf(traceparent) })
  return {
    reserveStock: async (request) => {
      const result = await store.reserveStock(request)
      const { revision, lines } = request
      logOf(request).info({ revision, lines: lines.length }, `reserve: ${result.kind}`)
      return result
    },
    releaseStock: async (request) => {
      const released = await store.releaseStock(request)
      const shipments = released.map(({ shipmentId }) => shipmentId)
      logOf(request).info({ shipments }, `released ${shipments.length} shipments`)
    },
    takeBack: async (request) => {
      const moved = await store.restockReturn(request)
      const lines = moved.map(({ kind, quantity, productId }) => `${quantity} ${productId} ${kind}`)
      logOf(request).info({ number: request.number, lines }, `return ${request.number} taken back`)
    },
  }
}
