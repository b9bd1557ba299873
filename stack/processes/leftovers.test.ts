import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import { endLeftOvers, holdFolder, startOf, stillRunning, writePidFile } from './leftovers.ts'

describe('what a killed start leaves behind', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-saga-leftovers-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const sleeper = async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], {
      detached: true,
      stdio: 'ignore',
    })
    await once(child, 'spawn')
    return { child, pid: child.pid ?? 0, exited: once(child, 'exit') }
  }

  it('is ended by the next one', async () => {
    const { pid, exited } = await sleeper()
    const file = join(folder, 'kafka.pid')
    writePidFile(file, pid)
    expect(stillRunning(file)).toBe(pid)
    await endLeftOvers(folder)
    expect(await exited).toStrictEqual([null, 'SIGKILL'])
    expect(existsSync(file)).toBe(false)
  })

  it('is gone before the next one begins, however its parent was killed', async () => {
    const parent = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const { startChild } = await import(${JSON.stringify(import.meta.resolve('./children.ts'))})
         const child = await startChild({
           name: 'sleeper', command: 'sleep', args: ['60'], logFolder: ${JSON.stringify(folder)},
         })
         console.log(child.pid)
         setInterval(() => {}, 1_000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(printed.toString())
    ensure(startOf(pid), 'the child runs')
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await endLeftOvers(folder)
    expect(startOf(pid)).toBeUndefined()
  })

  it('is not mistaken for another process that got its id later', async () => {
    const { child, pid, exited } = await sleeper()
    await writeFile(join(folder, 'kafka.pid'), `${pid} an earlier time`)
    await endLeftOvers(folder)
    ensure(startOf(pid), 'the other process was ended')
    child.kill()
    await exited
  })

  it('does not keep the folder, but a start that still runs does', async () => {
    const file = join(folder, 'start.pid')
    const { child, pid, exited } = await sleeper()
    writePidFile(file, pid)
    await expect(holdFolder(file)).rejects.toMatchObject({
      message: `npm start already runs in this folder (process ${pid}): stop it first`,
    })
    child.kill()
    await exited
    const letGo = await holdFolder(file)
    expect(stillRunning(file)).toBe(process.pid)
    letGo()
    expect(existsSync(file)).toBe(false)
  })
})
