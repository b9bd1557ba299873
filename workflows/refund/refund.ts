import type { RefundByStaff, RefundOutcome } from '#contracts/refund.ts'
import { untilDone } from '../shared/until-done.ts'

/** Staff give money back, in part or all that is left: once per key, and never more than was paid. */
export async function refundWorkflow(request: RefundByStaff): Promise<RefundOutcome> {
  const { orderId, key, amount = 'rest', reason, by, traceparent } = request
  const part = `staff/${key}`
  const refund = await untilDone('refund', 'Giving money back.', ({ payment }) =>
    payment.refundOrder.executeWithOptions({ summary: `Refund: ${reason}` }, [
      { kind: 'part', orderId, part, amount, beyond: 'refuse', reason, traceparent },
    ]),
  )
  if (refund.kind === 'refused') return refund
  const change = { type: 'refunded' as const, part, shipmentId: null, amount: refund.amount }
  await untilDone('record', 'Being recorded.', ({ order }) =>
    order.recordChanges({
      orderId,
      traceparent,
      changes: [{ key: `refunded/${part}`, at: new Date().toISOString(), by, note: reason, change }],
    }),
  )
  return refund
}
