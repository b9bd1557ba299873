import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowStartOptions,
} from '@temporalio/client'
import type {
  OpenedReturn,
  ReceivedReturn,
  RequestReturn,
  ReturnAnswer,
  ReturnDecision,
  ReturnOutcome,
} from '#contracts/return.ts'
import { handlers, returnWorkflowId, taskQueues, workflowTypes } from '#contracts/temporal.ts'
import { count } from '#contracts/words.ts'
import { ask, serverMayTake } from './asking.ts'
import { faultOf } from './faults.ts'
import { createUpdates, describe, type Update, type UpdateRefusal, unlessStarted } from './updates.ts'

/** The running returns, as the gateway reaches them. */
export type ReturnWorkflows = {
  /**
   * Asks for a return under the order's next free number, and answers once it is judged and on record. The same
   * fingerprint is the same return. `recorded`: the numbers on record, some of which Temporal may have forgotten. `pending`: not judged within `waitFor` ms (default 5 s), yet durably asked for.
   */
  request(
    request: Omit<RequestReturn, 'number'>,
    recorded: readonly number[],
    options?: { waitFor?: number },
  ): Promise<OpenedReturn | { pending: true; number: number }>
  /** `id` names the request: under the same one the same return answers as the first time. */
  decide(
    orderId: string,
    number: number,
    decision: ReturnDecision,
    id?: string,
  ): Promise<ReturnAnswer | UpdateRefusal>
  receive(
    orderId: string,
    number: number,
    received: ReceivedReturn,
    id?: string,
  ): Promise<ReturnAnswer | UpdateRefusal>
}

type ReturnMemo = { fingerprint: string }

export function createReturnWorkflows(client: Client): ReturnWorkflows {
  const askUpdate = createUpdates(client)

  return {
    async request(request, recorded, { waitFor = 5_000 } = {}) {
      for (let number = 1; ; number++) {
        const known = await fingerprintOf(request.orderId, number)
        if (known === undefined ? recorded.includes(number) : known !== request.fingerprint) continue
        const answer = await open({ ...request, number }, waitFor)
        // Somebody else took the number meanwhile: on to the next.
        if ((await fingerprintOf(request.orderId, number)) === request.fingerprint) return answer
      }
    },

    decide: (orderId, number, decision, id) =>
      change({
        workflowId: returnWorkflowId(orderId, number),
        name: handlers.decideReturn,
        args: [decision],
        id,
      }),

    receive: (orderId, number, received, id) =>
      change({
        workflowId: returnWorkflowId(orderId, number),
        name: handlers.receiveReturn,
        args: [received],
        id,
      }),
  }

  function change(asked: Update) {
    return askUpdate<ReturnAnswer>('return', asked)
  }

  async function open(request: RequestReturn, waitFor: number) {
    const start = startOptions(request)
    try {
      return await ask(client, waitFor, () =>
        client.workflow.executeUpdateWithStart<() => Promise<unknown>, OpenedReturn, []>(
          handlers.openReturn,
          {
            updateId: handlers.openReturn,
            startWorkflowOperation: new WithStartWorkflowOperation(workflowTypes.return, start),
          },
        ),
      )
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return ended(request)
      const fault = faultOf(error)
      if (fault !== 'late' && fault !== 'busy') throw error
      // No worker answered in time. The start alone is what makes the request durable.
      await ask(client, serverMayTake, () => client.workflow.start(workflowTypes.return, start)).catch(
        unlessStarted,
      )
      return { pending: true as const, number: request.number }
    }
  }

  async function ended({ orderId, number }: RequestReturn): Promise<OpenedReturn> {
    const handle = client.workflow.getHandle<() => Promise<ReturnOutcome>>(returnWorkflowId(orderId, number))
    return (await ask(client, serverMayTake, () => handle.result())).opened
  }

  async function fingerprintOf(orderId: string, number: number): Promise<string | undefined> {
    const execution = await describe(client, returnWorkflowId(orderId, number))
    return (execution?.memo as ReturnMemo | undefined)?.fingerprint
  }
}

function startOptions(request: RequestReturn) {
  const { orderId, number, lines, by, fingerprint } = request
  return {
    workflowId: returnWorkflowId(orderId, number),
    taskQueue: taskQueues.order,
    args: [request],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    memo: { fingerprint } satisfies ReturnMemo,
    staticSummary: `${count(lines.length, 'line')}, asked for by ${by}`,
  } satisfies WorkflowStartOptions
}
