import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { until } from '#platform/testing/fixtures.ts'
import type { UserError } from '../say.ts'
import { type Child, startChild } from './children.ts'
import { type Supervised, supervise } from './supervise.ts'

describe('a program that is kept running', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-saga-supervise-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  /** Lives for ever, or ends at once; each start says so in its log. */
  async function keep(name: string, { lives = true, mayRestart = true, failsAfter = 100 } = {}) {
    const pids: number[] = []
    const told: string[] = []
    const gaveUp: UserError[] = []
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
    expect(pids.length).toBe(2)
    const kept = join(folder, 'old/killed.1.log')
    expect(told[0]).toStrictEqual(`killed died (SIGKILL): restarting in 0.01 s. Its log is kept: ${kept}`)
    expect(await readFile(kept, 'utf8')).toBe(`run killed ${first}\n`)
    await supervised.stop()
    expect(gaveUp).toStrictEqual([])
  })

  it('is stopped for a while when asked to, once at a time, and comes back', async () => {
    const { supervised, pids, told, gaveUp } = await keep('resting')
    expect(supervised.restFor(300)).toBe(true)
    expect(supervised.restFor(300)).toBe(false)
    await until('it runs again', () => told.includes('resting runs again'))
    expect(told).toStrictEqual(['resting is stopped for 0.3 s', 'resting runs again'])
    expect(pids.length).toBe(2)
    expect(supervised.restFor(60_000)).toBe(true)
    await supervised.stop()
    expect([pids.length, gaveUp]).toStrictEqual([2, []])
  })

  it('is given up when it dies four times in a row, with the end of its log', async () => {
    const { pids, gaveUp } = await keep('hopeless', { lives: false })
    await until('it is given up', () => gaveUp.length > 0)
    expect(pids.length).toBe(4)
    expect(gaveUp[0]?.message ?? '').toMatch(
      /^hopeless died \(exit code 0\)\. Its log, .*hopeless\.log, ends with:\nrun/,
    )
  })

  it('is tried again when a start fails, and given up with the reason of the last one', async () => {
    const { supervised, pids, told, gaveUp } = await keep('unlucky', { failsAfter: 1 })
    process.kill(pids[0] ?? 0, 'SIGKILL')
    await until('it is given up', () => gaveUp.length > 0)
    expect(told.filter((line) => line.startsWith('unlucky did not start (no port): ')).length).toBe(2)
    expect(gaveUp[0]?.message).toBe('no port')
    await supervised.stop()
  })

  it('is given up at once before everything has come up', async () => {
    const { pids, gaveUp } = await keep('early', { lives: false, mayRestart: false })
    await until('it is given up', () => gaveUp.length > 0)
    expect(pids.length).toBe(1)
  })

  it('is not started again when it is asked to stop', async () => {
    const { supervised, pids, told, gaveUp } = await keep('stopped')
    await supervised.stop()
    expect([pids.length, told, gaveUp]).toStrictEqual([1, [], []])
  })
})
