import type { Call, Clients } from '../clients.ts'
import { type Answer, keyReused } from './idempotency.ts'
import { isRefusal, type Refusal } from './problems.ts'

type KeyedChange = { orderId: string; name: string; fingerprint: string }

/**
 * Carries out a change of an order whose key the order service knows for good, whatever Redis has forgotten: another
 * request under it is refused. A refused change has changed nothing, and leaves its key to the corrected one.
 */
export async function underItsKey(
  orders: Clients['orders'],
  keyed: KeyedChange,
  call: Call,
  respond: () => Promise<Answer | Refusal>,
): Promise<Answer | Refusal> {
  const { another } = await orders.claimKey(keyed, call)
  if (another) return keyReused()
  const answer = await respond()
  if (isRefusal(answer)) await orders.releaseKey(keyed, call)
  return answer
}
