import type { PlaceOrder } from '#contracts/order.ts'
import type { OrderDatabase } from '../database.ts'

type PreOrder = Pick<PlaceOrder, 'source' | 'orderId' | 'fingerprint'> & { reference: string }

/** `taken`: the reference is of another order, or of this one with other content. */
export type Registration = { kind: 'new' } | { kind: 'repeat' } | { kind: 'taken'; byOrderId: string }

/**
 * Registers that (source, reference) is this order, once and for good, in the shard of the reference: two customers who
 * name the same one meet there.
 */
export async function registerPreOrder(
  { prisma }: OrderDatabase,
  { source, reference, orderId, fingerprint }: PreOrder,
): Promise<Registration> {
  const added = await prisma.$executeRaw`
    insert into pre_orders (source, reference, order_id, fingerprint)
    values (${source}, ${reference}, ${orderId}, ${fingerprint}) on conflict do nothing`
  if (added > 0) return { kind: 'new' }
  const known = await prisma.preOrder.findUniqueOrThrow({
    where: { source_reference: { source, reference } },
  })
  const same = known.orderId === orderId && known.fingerprint === fingerprint
  return same ? { kind: 'repeat' } : { kind: 'taken', byOrderId: known.orderId }
}

export async function isOnRecord({ prisma }: OrderDatabase, orderId: string): Promise<boolean> {
  return (await prisma.order.findUnique({ where: { orderId }, select: { orderId: true } })) !== null
}
