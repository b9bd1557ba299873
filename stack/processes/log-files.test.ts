import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { logFile } from './log-files.ts'
import { countRequests } from './requests.ts'

describe('the log of a program', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-saga-logs-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const run = async (name: string, text: string) => {
    const output = await logFile(folder, name).begin()
    await output.write(text)
    await output.close()
  }

  it('of the last four runs is kept, the newest as .1', async () => {
    const log = logFile(folder, 'order')
    for (const nth of ['one', 'two', 'three', 'four', 'five', 'six']) await run('order', nth)
    expect(await readFile(log.path, 'utf8')).toBe('six')
    expect(await readFile(log.keptAs, 'utf8')).toBe('five')
    const texts = await Promise.all(log.all().map((path) => readFile(path, 'utf8')))
    expect(texts).toStrictEqual(['two', 'three', 'four', 'five', 'six'])
    expect((await readdir(join(folder, 'old'))).length).toBe(4)
  })

  it('puts aside what is longer than it may be, while the program goes on writing', async () => {
    const log = logFile(folder, 'busy', 10)
    const output = await log.begin()
    await output.write('no more')
    await log.bound()
    expect(await readFile(log.path, 'utf8')).toBe('no more')
    await output.write(', but this is')
    await log.bound()
    await output.write('after')
    await output.close()
    expect(await readFile(log.keptAs, 'utf8')).toBe('no more, but this is')
    expect(await readFile(log.path, 'utf8')).toBe('after')
  })

  it('of the gateway says how many requests there were since a time, over all of its runs', async () => {
    const line = (time: string, status: number) =>
      `${JSON.stringify({ time, method: 'GET', status, msg: 'asked' })}\n`
    await run('gateway', line('2010-12-01T08:00:00.000Z', 200) + line('2010-12-01T09:00:00.000Z', 503))
    await run('gateway', line('2010-12-01T10:00:00.000Z', 201))
    const counted = await countRequests(logFile(folder, 'gateway').all(), new Date('2010-12-01T08:30:00Z'))
    expect(counted).toStrictEqual({ answered: 2, failed: 1 })
  })
})
