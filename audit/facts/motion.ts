import { refundWorkflowId, returnWorkflowId } from '#contracts/temporal.ts'
import type { Excuse } from '../rules/rule.ts'
import { CouldNotLook, everywhere, naming, orUnseen, type Sources } from '../sources.ts'
import type { OrderFacts } from './facts.ts'
import { hasEnded, refundedParts } from './order.ts'
import { refundsOf } from './payment.ts'
import { describeWorkflows } from './workflows.ts'

/** Why an order's books may differ just now, in words. */
export type Motion = Partial<Record<Excuse, string>>

/**
 * What is on its way for each of these orders. To be asked between two looks at the facts: an event that was heard before
 * the second look has had its effect by then.
 */
export async function motionsOf(sources: Sources, all: readonly OrderFacts[]): Promise<Map<string, Motion>> {
  const beside = await besides(sources, all)
  const unsent = await unsentKeys(sources, all)
  // After the outbox: what has left it by now is in Kafka by now.
  const settling = await passedBy(sources, 'orderEnds')
  return new Map(
    all.map((facts) => {
      const { orderId } = facts
      return [
        orderId,
        { ...saga(facts), ...settlingOf(facts, unsent, settling), ...pick('beside', beside.get(orderId)) },
      ]
    }),
  )
}

const pick = (excuse: Excuse, because: string | undefined): Motion =>
  because === undefined ? {} : { [excuse]: because }

function saga({ workflow, missing }: OrderFacts): Motion {
  if (missing.has('temporal')) return { saga: 'Temporal cannot be read' }
  return pick('saga', workflow?.busy)
}

type Unsent = { keys: ReadonlySet<string>; unseen: boolean }
type Passed = ((key: string) => boolean) | CouldNotLook

function settlingOf({ orderId, order }: OrderFacts, { keys, unseen }: Unsent, passed: Passed): Motion {
  if (!order || !hasEnded(order)) return {}
  if (keys.has(orderId)) return { settling: 'its end is in the outbox' }
  if (unseen) return { settling: 'its outbox cannot be read' }
  if (passed instanceof CouldNotLook) return { settling: 'Kafka cannot be read' }
  return passed(orderId) ? {} : { settling: 'inventory has not heard of its end' }
}

async function unsentKeys({ databases }: Sources, all: readonly OrderFacts[]): Promise<Unsent> {
  const { rows, unseen } = await everywhere(databases.order, (sql) =>
    sql.query<{ key: string }>(
      'select distinct key from outbox where processed_at is null and key = any($1)',
      [all.map(({ orderId }) => orderId)],
    ),
  )
  return { keys: new Set(rows.map(({ key }) => key)), unseen: unseen.length > 0 }
}

/** Without Kafka nobody asks, and what left the outbox counts as heard. */
async function passedBy({ kafka, unavailable }: Sources, channel: 'orderEnds'): Promise<Passed> {
  if (!kafka) return () => true
  return orUnseen(() => naming(unavailable, 'Kafka', () => kafka.passedNow(kafka.channels[channel])))
}

/** The workflows beside orders that are between two steps. */
async function besides(sources: Sources, all: readonly OrderFacts[]): Promise<Map<string, string>> {
  const byWorkflow = new Map(
    all.flatMap((facts) => workflowsBeside(facts).map((id) => [id, facts.orderId] as const)),
  )
  const found = await orUnseen(() =>
    naming(sources.unavailable, 'Temporal', () =>
      describeWorkflows(sources.temporal, [...byWorkflow.keys()]),
    ),
  )
  const busy = new Map<string, string>()
  for (const [workflowId, orderId] of byWorkflow) {
    if (found instanceof CouldNotLook) busy.set(orderId, 'Temporal cannot be read')
    else if (found.get(workflowId)?.busy) {
      const what = workflowId.startsWith('return-') ? 'a return' : 'a refund by staff'
      busy.set(orderId, `${what} is between two steps`)
    }
  }
  return busy
}

/** A return's row is written first; a refund by staff is known by its transfer. */
function workflowsBeside({ orderId, order, payment }: OrderFacts): string[] {
  const onRecord = new Set(order ? refundedParts(order) : [])
  const byStaff = [...refundsOf(orderId, payment)].filter(
    ([part]) => part.startsWith('staff/') && !onRecord.has(part),
  )
  return [
    ...(order?.returns ?? []).map(({ number }) => returnWorkflowId(orderId, number)),
    ...byStaff.flatMap(([part, amount]) =>
      [amount, 'rest' as const].map((asked) => refundWorkflowId(orderId, part.slice('staff/'.length), asked)),
    ),
  ]
}
