import { expect, test } from '@jest/globals'
import type { Client } from '@temporalio/client'
import { BetweenRuns } from './errors.ts'
import { createUpdates } from './updates.ts'

/** Refuses for load as often as it is told, and keeps the ids of the updates that it was asked for. */
function busyClient(times: number) {
  const ids: unknown[] = []
  const executeUpdate = async (_: string, { updateId }: { updateId?: string }) => {
    ids.push(updateId)
    if (ids.length <= times) throw new BetweenRuns('later')
    return 'taken'
  }
  const client = {
    withDeadline: (_: number, call: () => Promise<unknown>) => call(),
    workflow: { getHandle: () => ({ executeUpdate }) },
  }
  return { client: client as unknown as Client, ids }
}

test('a request without an id is one request, however often it is asked again', async () => {
  const { client, ids } = busyClient(2)
  const asked = { workflowId: 'order-1', name: 'cancel', args: [{}] as [unknown] }
  expect(await createUpdates(client)('order', asked)).toBe('taken')
  expect([ids.length, new Set(ids).size, typeof ids[0]]).toStrictEqual([3, 1, 'string'])
  await createUpdates(client)('order', asked)
  expect(ids[3]).not.toBe(ids[0])
})
