import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { logFile } from './log-files.ts'
import { countRequests } from './requests.ts'

describe('the log of a program', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-saga-logs-'))
  })
  after(() => rm(folder, { recursive: true }))

  const run = async (name: string, text: string) => {
    const output = await logFile(folder, name).begin()
    await output.write(text)
    await output.close()
  }

  it('of the last four runs is kept, the newest as .1', async () => {
    const log = logFile(folder, 'order')
    for (const nth of ['one', 'two', 'three', 'four', 'five', 'six']) await run('order', nth)
    assert.equal(await readFile(log.path, 'utf8'), 'six')
    assert.equal(await readFile(log.keptAs, 'utf8'), 'five')
    const texts = await Promise.all(log.all().map((path) => readFile(path, 'utf8')))
    assert.deepEqual(texts, ['two', 'three', 'four', 'five', 'six'])
    assert.equal((await readdir(join(folder, 'old'))).length, 4)
  })

  it('puts aside what is longer than it may be, while the program goes on writing', async () => {
    const log = logFile(folder, 'busy', 10)
    const output = await log.begin()
    await output.write('no more')
    await log.bound()
    assert.equal(await readFile(log.path, 'utf8'), 'no more')
    await output.write(', but this is')
    await log.bound()
    await output.write('after')
    await output.close()
    assert.equal(await readFile(log.keptAs, 'utf8'), 'no more, but this is')
    assert.equal(await readFile(log.path, 'utf8'), 'after')
  })

  it('of the gateway says how many requests there were since a time, over all of its runs', async () => {
    const line = (time: string, status: number) =>
      `${JSON.stringify({ time, method: 'GET', status, msg: 'asked' })}\n`
    await run('gateway', line('2010-12-01T08:00:00.000Z', 200) + line('2010-12-01T09:00:00.000Z', 503))
    await run('gateway', line('2010-12-01T10:00:00.000Z', 201))
    const counted = await countRequests(logFile(folder, 'gateway').all(), new Date('2010-12-01T08:30:00Z'))
    assert.deepEqual(counted, { answered: 2, failed: 1 })
  })
})
