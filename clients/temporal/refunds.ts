import type { Client } from '@temporalio/client'
import type { RefundWorkflows } from '#contracts/clients.ts'
import { defaultCurrency } from '#contracts/money.ts'
import type { RefundByStaff, RefundOutcome } from '#contracts/refund.ts'
import { refundWorkflowId, taskQueues, workflowTypes } from '#contracts/temporal.ts'
import { amount } from '#contracts/wording.ts'
import { ask, serverMayTake } from './ask.ts'
import { faultOf } from './errors.ts'
import { unlessStarted } from './updates.ts'

export function createRefundWorkflows(client: Client): RefundWorkflows {
  return {
    async refund(request, { waitFor = 5_000 } = {}) {
      const { orderId, key, amount } = request
      const workflowId = refundWorkflowId(orderId, key, amount ?? 'rest')
      await ask(client, serverMayTake, () =>
        client.workflow.start(workflowTypes.refund, {
          workflowId,
          taskQueue: taskQueues.order,
          args: [request],
          // One that was terminated has perhaps paid and not recorded it: a repeat finishes its work.
          workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
          staticSummary: `${sumOf(request)} by ${request.by}: ${request.reason}`,
        }),
      ).catch(unlessStarted)
      try {
        return await ask(client, waitFor, () =>
          client.workflow.getHandle<() => Promise<RefundOutcome>>(workflowId).result(),
        )
      } catch (error) {
        if (faultOf(error) === 'late') return { pending: true }
        throw error
      }
    },
  }
}

const sumOf = (request: RefundByStaff) =>
  request.amount === undefined ? 'All that is left' : amount(request.amount, defaultCurrency)
