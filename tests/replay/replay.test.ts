import { readdirSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { bundleWorkflowCode, Worker } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { beQuiet, quiet } from '#workflows/testing/quiet.ts'

const folder = new URL('histories/', import.meta.url)
const orders = [
  'amended-and-moved-by-hand',
  'cancelled-too-late-for-one',
  'cancelled-while-charging',
  'happy',
  'lost',
  'recalled',
]
const current = { codePath: resolve('generated/workflow-bundle.js') }
beQuiet()

const replay = async (name: string, workflowBundle: { codePath: string } | { code: string }) =>
  Worker.runReplayHistory({ workflowBundle }, JSON.parse(await readFile(new URL(name, folder), 'utf8')))

describe('workflows that ran with released code', () => {
  const histories = readdirSync(folder).filter((name) => name.endsWith('.json'))

  it('are orders of every fate, and one of each other kind', () => {
    const recorded = histories.map((name) => basename(name, '.json'))
    expect([...orders, 'redrive', 'refund', 'return', 'webhook'].sort()).toStrictEqual(recorded.sort())
  })

  for (const name of histories) {
    it(`replays ${name} with the code of today`, () => replay(name, current))
  }

  it('cannot be replayed when the steps of the workflow change', async () => {
    const changed = {
      code: await bundleChanged('await charge(', 'await condition(() => false, 1000), await charge('),
    }
    for (const name of orders)
      await expect(replay(`${name}.json`, changed)).rejects.toThrow(DeterminismViolationError)
  })
})

/** The workflow's code with one place of its story rewritten. */
async function bundleChanged(from: string, to: string): Promise<string> {
  // Inside the project, so that its imports resolve.
  const copy = await mkdtemp(resolve('generated/changed-'))
  try {
    await cp('workflows', copy, { recursive: true })
    const story = join(copy, 'order/order.ts')
    const code = await readFile(story, 'utf8')
    expect(code).toContain(from)
    await writeFile(story, code.replace(from, to))
    return (await bundleWorkflowCode({ workflowsPath: story, logger: quiet })).code
  } finally {
    await rm(copy, { recursive: true })
  }
}
