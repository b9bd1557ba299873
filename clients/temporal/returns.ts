import { type Client, WithStartWorkflowOperation, type WorkflowStartOptions } from '@temporalio/client'
import type { ReturnWorkflows } from '#contracts/clients.ts'
import type { OpenedReturn, RequestReturn, ReturnAnswer } from '#contracts/return.ts'
import { handlers, returnWorkflowId, taskQueues, workflowTypes } from '#contracts/temporal.ts'
import { count } from '#contracts/wording.ts'
import { ask, serverMayTake } from './ask.ts'
import { faultOf } from './errors.ts'
import { createUpdates, describe, type Update, unlessStarted } from './updates.ts'

type ReturnMemo = { fingerprint: string }

export function createReturnWorkflows(client: Client): ReturnWorkflows {
  const askUpdate = createUpdates(client)

  return {
    async request(request, recorded, { waitFor = 5_000 } = {}) {
      const again = recorded.find(({ fingerprint }) => fingerprint === request.fingerprint)
      if (again) return { kind: 'opened', number: again.number, amount: again.amount }
      let number = 1 + Math.max(0, ...recorded.map((one) => one.number))
      for (;;) {
        const before = await holderOf(request.orderId, number)
        if (before?.isOpen && before.fingerprint !== request.fingerprint) number += 1
        else {
          const answer = await open({ ...request, number }, waitFor)
          // Somebody else may have taken the number meanwhile.
          const after = await holderOf(request.orderId, number)
          if (after?.fingerprint === request.fingerprint) return answer
        }
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
            // A repeat is told the same; whoever comes after a refusal is not.
            updateId: `${handlers.openReturn}/${request.fingerprint}`,
            startWorkflowOperation: new WithStartWorkflowOperation(workflowTypes.return, start),
          },
        ),
      )
    } catch (error) {
      const fault = faultOf(error)
      if (fault !== 'late' && fault !== 'busy') throw error
      // No worker answered in time. The start alone is what makes the request durable.
      await ask(client, serverMayTake, () => client.workflow.start(workflowTypes.return, start)).catch(
        unlessStarted,
      )
      return { pending: true as const, number: request.number }
    }
  }

  async function holderOf(orderId: string, number: number) {
    const execution = await describe(client, returnWorkflowId(orderId, number))
    if (!execution) return undefined
    const { fingerprint } = execution.memo as ReturnMemo
    return { fingerprint, isOpen: execution.status.name === 'RUNNING' }
  }
}

function startOptions(request: RequestReturn) {
  const { orderId, number, lines, by, fingerprint } = request
  return {
    workflowId: returnWorkflowId(orderId, number),
    taskQueue: taskQueues.order,
    args: [request],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    memo: { fingerprint } satisfies ReturnMemo,
    staticSummary: `${count(lines.length, 'line')}, asked for by ${by}`,
  } satisfies WorkflowStartOptions
}
