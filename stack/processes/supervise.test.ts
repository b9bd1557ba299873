import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { until } from '#platform/testing/fixtures.ts'
import type { Trouble } from '../say.ts'
import { type Child, startChild } from './children.ts'
import { type Supervised, supervise } from './supervise.ts'

describe('a program that is kept running', { timeout: 60_000 }, () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-saga-supervise-'))
  })
  after(() => rm(folder, { recursive: true }))

  /** Lives for ever, or ends at once; each start says so in its log. */
  async function keep(name: string, { lives = true, mayRestart = true, failsAfter = 100 } = {}) {
    const pids: number[] = []
    const told: string[] = []
    const gaveUp: Trouble[] = []
    const script = `console.log('run ${name}', process.pid); ${lives ? 'setInterval(() => {}, 1000)' : ''}`
    const again = async (): Promise<Child> => {
      if (pids.length === failsAfter) throw new Error('no port')
      const child = await startChild({
        name,
        command: process.execPath,
        args: ['-e', script],
        logFolder: folder,
      })
      pids.push(child.pid)
      return child
    }
    const supervised: Supervised = supervise(await again(), {
      again,
      tell: (line) => told.push(line),
      giveUp: (reason) => gaveUp.push(reason),
      mayRestart: () => mayRestart,
      pause: 10,
    })
    return { supervised, pids, told, gaveUp }
  }

  it('is started again when it is killed; the log of the killed one is kept, and named', async () => {
    const { supervised, pids, told, gaveUp } = await keep('killed')
    const [first = 0] = pids
    await until('its log', async () => (await readFile(join(folder, 'killed.log'), 'utf8')) !== '')
    process.kill(first, 'SIGKILL')
    await until('it runs again', () => told.some((line) => /^killed runs again$/.test(line)))
    assert.equal(pids.length, 2)
    const kept = join(folder, 'old/killed.1.log')
    assert.deepEqual(told[0], `killed died (SIGKILL): starting it again in 0.01 s. Its log is kept: ${kept}`)
    assert.equal(await readFile(kept, 'utf8'), `run killed ${first}\n`)
    await supervised.stop()
    assert.deepEqual(gaveUp, [])
  })

  it('is given up when it dies four times in a row, with the end of its log', async () => {
    const { pids, gaveUp } = await keep('hopeless', { lives: false })
    await until('it is given up', () => gaveUp.length > 0)
    assert.equal(pids.length, 4)
    assert.match(
      gaveUp[0]?.message ?? '',
      /^hopeless died \(exit code 0\)\. Its log, .*hopeless\.log, ends with:\nrun/,
    )
  })

  it('is tried again when a start fails, and given up with the reason of the last one', async () => {
    const { supervised, pids, told, gaveUp } = await keep('unlucky', { failsAfter: 1 })
    process.kill(pids[0] ?? 0, 'SIGKILL')
    await until('it is given up', () => gaveUp.length > 0)
    assert.equal(told.filter((line) => line.startsWith('unlucky did not start (no port): ')).length, 2)
    assert.equal(gaveUp[0]?.message, 'no port')
    await supervised.stop()
  })

  it('is given up at once before everything has come up', async () => {
    const { pids, gaveUp } = await keep('early', { lives: false, mayRestart: false })
    await until('it is given up', () => gaveUp.length > 0)
    assert.equal(pids.length, 1)
  })

  it('is not started again when it is asked to stop', async () => {
    const { supervised, pids, told, gaveUp } = await keep('stopped')
    await supervised.stop()
    assert.deepEqual([pids.length, told, gaveUp], [1, [], []])
  })
})
