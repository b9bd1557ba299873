import type { PaymentActivities } from '#contracts/payment.ts'
import type { Logger } from '#platform/process/logger.ts'
import { traceIdOf } from '#platform/process/trace.ts'
import type { PaymentStore } from '#services/payment/store.ts'

type Dependencies = { store: PaymentStore; logger: Logger }

/** The payment service as workflows reach it. */
export function createPaymentActivities({ store, logger }: Dependencies): PaymentActivities {
  const logOf = ({ orderId, traceparent }: { orderId: string; traceparent: string }) =>
    logger.child({ orderId, traceId: traceIdOf(traceparent) })
  return {
    chargeOrder: async (request) => {
      const result = await store.chargeOrder(request)
      logOf(request).info({ amount: request.amount, result }, `charge: ${result.kind}`)
      return result
    },
    refundOrder: async (request) => {
      const result = await store.refundOrder(request)
      const what = request.kind === 'part' ? request.part : request.kind
      logOf(request).info({ result }, `refund of ${what}: ${result.kind}`)
      return result
    },
  }
}
