import { createHash } from 'node:crypto'
import { defaultCurrency } from '#contracts/money.ts'
import { contentOf, preOrderName } from '#contracts/order.ts'
import { bucketOf, derivedIdInBucket } from '#platform/ids.ts'
import type { PreOrder } from './placements.ts'

/** What tells an order from any other, as the order service derives it from the pre-order. */
export type Identity = { name: string; orderId: string; fingerprint: string }

export function identityOf({ source, reference, customerId, lines }: Omit<PreOrder, 'placedAt'>): Identity {
  const name = preOrderName(source, reference)
  const content = contentOf({ customerId, currency: defaultCurrency, lines })
  return { name, orderId: orderIdOf(customerId, name), fingerprint: fingerprintOf(content) }
}

export const orderIdOf = (customerId: string, name: string): string =>
  derivedIdInBucket(bucketOf(customerId), name)

export const fingerprintOf = (content: string): string => createHash('sha256').update(content).digest('hex')
