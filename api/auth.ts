import type { Actor } from '#contracts/order.ts'

/** Who sends a request. */
export type Caller = { role: 'staff' | 'customer'; id: string }

/** The place for sign-in: until there is one, whoever can reach the gateway is staff. */
export const callerOf = (): Caller => ({ role: 'staff', id: 'anonymous' })

export const actorOf = ({ role, id }: Caller): Actor => `${role}:${id}`
