import type { Client } from '@temporalio/client'
import type { RedriveWorkflows } from '#contracts/clients.ts'
import { maxLettersPerRedrive, type RedriveProgress } from '#contracts/dead-letter.ts'
import { handlers, redriveWorkflowId, taskQueues, workflowTypes } from '#contracts/temporal.ts'
import { count } from '#contracts/wording.ts'
import { ask, serverMayTake } from './ask.ts'
import { describe, unlessStarted } from './updates.ts'

/** In ms; they need a worker. */
const queriesMayTake = 5_000

export function createRedriveWorkflows(client: Client): RedriveWorkflows {
  return {
    async start(redrive) {
      const { redriveId, letterIds, replacement, by } = redrive
      if (letterIds.length > maxLettersPerRedrive) {
        throw new RangeError(`${letterIds.length} letters are more than ${maxLettersPerRedrive}`)
      }
      const what = count(letterIds.length, 'dead letter')
      await ask(client, serverMayTake, () =>
        client.workflow.start(workflowTypes.redrive, {
          workflowId: redriveWorkflowId(redriveId),
          taskQueue: taskQueues.order,
          args: [redrive],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: `${what} by ${by}${replacement ? `, as another ${replacement.type}` : ''}`,
        }),
      ).catch(unlessStarted)
    },

    async progress(redriveId) {
      const workflowId = redriveWorkflowId(redriveId)
      const handle = client.workflow.getHandle<() => Promise<RedriveProgress>>(workflowId)
      const status = (await describe(client, workflowId))?.status.name
      if (status === undefined) return undefined
      if (status === 'COMPLETED')
        return { ...(await ask(client, serverMayTake, () => handle.result())), running: false }
      const told = await ask(client, queriesMayTake, () => handle.query<RedriveProgress>(handlers.getRedrive))
      return { ...told, running: status === 'RUNNING' }
    },
  }
}
