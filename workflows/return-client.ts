import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
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
import { answerOrRefusal, isTooSlow, type UpdateRefusal, unlessStarted } from './updates.ts'

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
  decide(orderId: string, number: number, decision: ReturnDecision): Promise<ReturnAnswer | UpdateRefusal>
  receive(orderId: string, number: number, received: ReceivedReturn): Promise<ReturnAnswer | UpdateRefusal>
}

type ReturnMemo = { fingerprint: string }

export function createReturnWorkflows(client: Client): ReturnWorkflows {
  const handle = (orderId: string, number: number) =>
    client.workflow.getHandle(returnWorkflowId(orderId, number))

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

    decide: (orderId, number, decision) =>
      answerOrRefusal('return', () =>
        handle(orderId, number).executeUpdate<ReturnAnswer, [ReturnDecision]>(handlers.decideReturn, {
          args: [decision],
        }),
      ),

    receive: (orderId, number, received) =>
      answerOrRefusal('return', () =>
        handle(orderId, number).executeUpdate<ReturnAnswer, [ReceivedReturn]>(handlers.receiveReturn, {
          args: [received],
        }),
      ),
  }

  async function open(request: RequestReturn, waitFor: number) {
    const start = startOptions(request)
    try {
      return await client.withDeadline(Date.now() + waitFor, () =>
        client.workflow.executeUpdateWithStart<() => Promise<unknown>, OpenedReturn, []>(
          handlers.openReturn,
          {
            startWorkflowOperation: new WithStartWorkflowOperation(workflowTypes.return, start),
          },
        ),
      )
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return ended(request)
      if (!isTooSlow(error)) throw error
      // No worker answered in time. The start alone is what makes the request durable.
      await client.workflow.start(workflowTypes.return, start).catch(unlessStarted)
      return { pending: true as const, number: request.number }
    }
  }

  async function ended({ orderId, number }: RequestReturn): Promise<OpenedReturn> {
    const { opened } = (await handle(orderId, number).result()) as ReturnOutcome
    return opened
  }

  async function fingerprintOf(orderId: string, number: number): Promise<string | undefined> {
    const execution = await describe(orderId, number)
    return (execution?.memo as ReturnMemo | undefined)?.fingerprint
  }

  async function describe(orderId: string, number: number) {
    try {
      return await handle(orderId, number).describe()
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined
      throw error
    }
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
