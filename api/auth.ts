import type { Caller } from '#contracts/caller.ts'
import type { Actor } from '#contracts/order.ts'
import { type Refusal, refuse } from './problems.ts'

export type { Caller } from '#contracts/caller.ts'

export const actorOf = ({ role, id }: Caller): Actor => `${role}:${id}`

/** Of which customer a request of `caller` is: a customer's own, whatever they say; staff say it, or leave it open. */
export function customerFor(caller: Caller, asked: string | undefined): string | undefined | Refusal {
  if (caller.role === 'staff') return asked
  if (asked === undefined || asked === caller.id) return caller.id
  return refuse('forbidden', 'A customer does this for themselves only; leave customerId out.')
}
