// Redrives in tests: a worker of their own, and what it was asked to do.
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { Client } from '@temporalio/client'
import { type NativeConnection, Worker } from '@temporalio/worker'
import type {
  DeadLetterActivities,
  Redrive,
  RedrivenLetter,
  RedriveProgress,
} from '#contracts/dead-letter.ts'
import { redriveWorkflowId, taskQueues } from '#contracts/temporal.ts'

/** Four partitions in turn. */
export const letterIds = (count: number) =>
  Array.from({ length: count }, (_, i) => `pre_orders/${i % 4}/${i}`)

export const newRedrive = (redrive: Partial<Redrive> = {}): Redrive => ({
  redriveId: randomUUID(),
  letterIds: letterIds(3),
  by: 'staff:anna',
  ...redrive,
})

export const redriven = (letterId: string): RedrivenLetter => ({ letterId, kind: 'redriven' })

export const outcomeOf = (client: Client, { redriveId }: Redrive) =>
  client.workflow.getHandle<() => Promise<RedriveProgress>>(redriveWorkflowId(redriveId)).result()

type Server = { connection: NativeConnection; namespace: string }

export async function startRedriveWorker(server: Server, activities: DeadLetterActivities) {
  const worker = await Worker.create({
    ...server,
    activities,
    taskQueue: taskQueues.order,
    workflowBundle: { codePath: resolve('generated/workflow-bundle.js') },
  })
  const running = worker.run()
  return {
    stop: async () => {
      worker.shutdown()
      await running
    },
  }
}
