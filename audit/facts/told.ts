import type { Client } from '@temporalio/client'
import type { OrderOutcome, OrderProgress } from '#contracts/order.ts'
import { handlers, orderWorkflowId } from '#contracts/temporal.ts'
import type { Sources } from '../sources.ts'
import { hasEnded, type OrderRow, wasHandedOff } from './order.ts'
import { each, type WorkflowFacts } from './workflows.ts'

/** What the workflow itself says: where it is while it runs, or its result. Untyped: another version may have said it. */
export type Told =
  | { kind: 'progress'; progress: Partial<OrderProgress> }
  | { kind: 'result'; result: Partial<OrderOutcome> }

/** A worker must run for an answer, and the history of each be read: that has an end, in ms. */
const FOR_ALL = 60_000
/** So many in a row without an answer: nobody is there to give one. */
const ENOUGH = 5

type Ask = (
  orders: readonly OrderRow[],
  workflows: ReadonlyMap<string, WorkflowFacts>,
) => Promise<Map<string, Told>>

/** Asks the workflows of orders that have parcels, and of those that have ended. Who does not answer is left out. */
export function createAsker({ temporal, unavailable, clock, answerWithin }: Sources): Ask {
  let silent = 0
  let spent = 0
  return async (orders, workflows) => {
    const told = new Map<string, Told>()
    if (spent > FOR_ALL || unavailable.has('Temporal')) return told
    const began = clock().getTime()
    await each(orders, async (order) => {
      const { state, busy } = workflows.get(order.orderId) ?? {}
      // One that has work in hand answers when it is done.
      if (busy) return
      const runs = state === 'RUNNING' && wasHandedOff(order) && !hasEnded(order)
      if ((!runs && state !== 'COMPLETED') || (runs && silent >= ENOUGH)) return
      const answer = await askOne(temporal, order.orderId, runs, answerWithin)
      if (answer) told.set(order.orderId, answer)
      if (runs) silent = answer ? 0 : silent + 1
    })
    spent += clock().getTime() - began
    return told
  }
}

async function askOne(
  temporal: Client,
  orderId: string,
  runs: boolean,
  within: number,
): Promise<Told | undefined> {
  const handle = temporal.workflow.getHandle(orderWorkflowId(orderId))
  try {
    return await temporal.withDeadline(Date.now() + within, async (): Promise<Told> => {
      if (runs)
        return { kind: 'progress', progress: (await handle.query<OrderProgress>(handlers.getOrder)) ?? {} }
      return { kind: 'result', result: ((await handle.result()) as OrderOutcome | undefined) ?? {} }
    })
  } catch {
    // No worker, one that cannot run this workflow, or an answer that nobody can read: other rules see to that.
    return undefined
  }
}
