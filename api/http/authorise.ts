import { bucketOf, bucketOfId } from '#platform/ids.ts'
import type { Call, Clients } from '../clients.ts'
import { noOrder, orderOnRecord } from '../routes/orders/on-record.ts'
import type { Caller } from './auth.ts'
import { noSuchThing, type Refusal, refuse } from './problems.ts'
import type { Route } from './route.ts'

/** The parts of a path that name whose it is; {userId} is what older clients call the customer. */
export type OwnedBy = { orderId?: string; customerId?: string; userId?: string }

/** Whether somebody who is signed in may use a route for what its path names. Undefined: they may. */
export type Authorise = (
  route: Pick<Route, 'access'>,
  caller: Caller,
  path: OwnedBy,
  call: Call,
) => Promise<Refusal | undefined>

/** The one place where roles are checked. What is another's is refused like what does not exist. */
export function createAuthorise({ orders }: Pick<Clients, 'orders'>): Authorise {
  return async ({ access }, caller, path, call) => {
    if (caller.role === 'staff') return undefined
    switch (access) {
      case 'public':
      case 'caller':
        return undefined
      case 'staff':
        return refuse('forbidden', 'This is for staff.')
      case 'owner':
        return (await isTheirs(caller.id, path, call)) ? undefined : absence(path)
      default:
        return access satisfies never
    }
  }

  async function isTheirs(customerId: string, path: OwnedBy, call: Call): Promise<boolean> {
    if (path.orderId === undefined) return customerId === (path.customerId ?? path.userId)
    if (!mayBeOrderOf(customerId, path.orderId)) return false
    return (await orderOnRecord(orders, path.orderId, call))?.customerId === customerId
  }
}

/** An order's id carries its customer's bucket: most of what is another's shows without a look-up. */
function mayBeOrderOf(customerId: string, orderId: string): boolean {
  try {
    return bucketOfId(orderId) === bucketOf(customerId)
  } catch {
    return false
  }
}

function absence({ orderId, customerId }: OwnedBy): Refusal {
  if (orderId !== undefined) return noOrder(orderId)
  return noSuchThing(customerId === undefined ? 'userId' : 'customerId', 'there is no such customer')
}

const owning = ['{orderId}', '{customerId}', '{userId}']

/** Throws when a route says that something has an owner, but not what. */
export function assertOwned({ access, method, path }: Pick<Route, 'access' | 'method' | 'path'>): void {
  if (access !== 'owner' || owning.some((part) => path.includes(part))) return
  throw new Error(`${method} ${path} is its owner's, but its path names none of ${owning.join(', ')}`)
}
