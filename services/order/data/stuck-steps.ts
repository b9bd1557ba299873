import type { StuckStep } from '#contracts/order.ts'
import { storable } from '#platform/values/storable.ts'
import type { OrderTransaction } from '../database.ts'

/** Adds what fails now, and takes away what no longer does. */
export async function writeStuck(
  { prisma }: OrderTransaction,
  orderId: string,
  before: readonly StuckStep[],
  after: readonly StuckStep[],
): Promise<void> {
  const over = before.filter((one) => !after.includes(one))
  const begun = after.filter((one) => !before.includes(one))
  if (over.length > 0)
    await prisma.stuckStep.deleteMany({ where: { orderId, OR: over.map((one) => nameOf(one)) } })
  if (begun.length > 0)
    await prisma.stuckStep.createMany({
      data: begun.map(({ error, since, ...one }) => ({
        orderId,
        ...nameOf(one),
        error: storable(error),
        since,
      })),
    })
}

/** Empty when it is no shipment's. */
const nameOf = ({ step, shipmentId = '' }: Pick<StuckStep, 'step' | 'shipmentId'>) => ({ step, shipmentId })
