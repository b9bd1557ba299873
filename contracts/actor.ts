/** Who may do what: a customer sees and changes what is their own, staff see all and act for the shop. */
export const roles = ['customer', 'staff'] as const
export type Role = (typeof roles)[number]

/** Who sends a request. Of a customer the id is the customer id. */
export type Caller = { role: Role; id: string }

/** The claims of a token besides the registered ones: `sub` is the id, `role` the role. */
export function callerOfClaims({ sub, role }: { sub?: unknown; role?: unknown }): Caller | undefined {
  const known = roles.find((one) => one === role)
  return known && typeof sub === 'string' && sub !== '' ? { role: known, id: sub } : undefined
}

/** Who did it: `system`, `courier`, or a person's role and id. */
export type Actor = 'system' | 'courier' | `customer:${string}` | `staff:${string}`
