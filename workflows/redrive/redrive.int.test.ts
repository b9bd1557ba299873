import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { Client } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { createRedriveWorkflows } from '#clients/temporal/redrives.ts'
import { ensure } from '#platform/testing/expect.ts'
import { testServer } from '#platform/testing/fixtures.ts'
import { ownNamespace } from '#tests/support/temporal.ts'
import { beQuiet } from '../testing/quiet.ts'
import { letterIds, newRedrive, outcomeOf, redriven, startRedriveWorker } from '../testing/redrive.ts'

it('a redrive goes on where it was when its worker is killed', async () => {
  beQuiet()
  const address = testServer('TEST_TEMPORAL_ADDRESS')
  const namespace = await ownNamespace(address)
  const connection = await NativeConnection.connect({ address })
  const client = new Client({ connection, namespace })
  const redrive = newRedrive({ letterIds: letterIds(6) })
  await createRedriveWorkflows(client).start(redrive)

  const dying = spawn(
    process.execPath,
    [join(import.meta.dirname, '../testing/dying-worker.ts'), address, namespace],
    { stdio: 'inherit' },
  )
  const [, signal] = (await once(dying, 'exit')) as [number | null, string | null]
  expect(signal).toBe('SIGKILL')

  const asked: string[] = []
  const worker = await startRedriveWorker(
    { connection, namespace },
    {
      redriveLetter: async ({ letterId }) => {
        asked.push(letterId)
        return redriven(letterId)
      },
    },
  )
  expect(await outcomeOf(client, redrive)).toStrictEqual({ total: 6, done: letterIds(6).map(redriven) })
  ensure(asked.length >= 4 && asked.length <= 6, `${asked.length} letters were left to the second worker`)
  await worker.stop()
  await connection.close()
}, 60_000)
