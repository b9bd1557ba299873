import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { mostLettersPerRedrive, type Redrive, type RedriveProgress } from '#contracts/dead-letter.ts'
import { handlers, redriveWorkflowId, taskQueues, workflowTypes } from '#contracts/temporal.ts'
import { count } from '#contracts/words.ts'
import { unlessStarted } from './updates.ts'

/** The redrives of dead letters, as the gateway reaches them. */
export type RedriveWorkflows = {
  /** Durably begun when it resolves; a repeat of a redrive begins nothing. Throws a RangeError for too many letters. */
  start(redrive: Redrive): Promise<void>
  /** Undefined when there is no such redrive, or Temporal has forgotten it. Throws when no worker answers within 5 s. */
  progress(redriveId: string): Promise<(RedriveProgress & { running: boolean }) | undefined>
}

export function createRedriveWorkflows(client: Client): RedriveWorkflows {
  return {
    async start(redrive) {
      const { redriveId, letterIds, replacement, by } = redrive
      if (letterIds.length > mostLettersPerRedrive) {
        throw new RangeError(`${letterIds.length} letters are more than ${mostLettersPerRedrive}`)
      }
      const what = count(letterIds.length, 'dead letter')
      await client.workflow
        .start(workflowTypes.redrive, {
          workflowId: redriveWorkflowId(redriveId),
          taskQueue: taskQueues.order,
          args: [redrive],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: `${what} by ${by}${replacement ? `, as another ${replacement.type}` : ''}`,
        })
        .catch(unlessStarted)
    },

    async progress(redriveId) {
      const handle = client.workflow.getHandle<() => Promise<RedriveProgress>>(redriveWorkflowId(redriveId))
      try {
        const { status } = await handle.describe()
        if (status.name === 'COMPLETED') return { ...(await handle.result()), running: false }
        const told = await client.withDeadline(Date.now() + 5_000, () =>
          handle.query<RedriveProgress>(handlers.getRedrive),
        )
        return { ...told, running: status.name === 'RUNNING' }
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined
        throw error
      }
    },
  }
}
