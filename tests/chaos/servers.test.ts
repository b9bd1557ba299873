import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { about } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import { freePorts } from '#stack/servers/ports.ts'

const servers = ['valkey', 'kafka', 'temporal', 'postgres']
/** kill.test.ts kills the others. */
const processes = ['discovery', 'order', 'gateway']

describe('npm start, while orders come in', () => {
  let folder: string
  let started: ChildProcess
  let ended: Promise<unknown[]>
  let said = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-saga-start-'))
    const ports = Object.entries(await freePorts()).map(([name, port]) => [name, String(port)])
    started = spawn(
      process.execPath,
      ['stack/start.ts', '--rate', '3', '--for', '40s', '--exit', '--log-level', 'info'],
      { env: { ...process.env, ...Object.fromEntries(ports), ORDER_SAGA_STACK: folder }, detached: true },
    )
    ended = once(started, 'exit')
    for (const output of [started.stdout, started.stderr])
      output?.setEncoding('utf8').on('data', (text: string) => (said += text))
    await until('orders are placed', () => /[1-9]\d* placed/.test(said), 180_000)
  })
  afterAll(async () => {
    if (started.exitCode === null) started.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  })

  const kill = (name: string) => {
    const [pid] = readFileSync(join(folder, 'logs', `${name}.pid`), 'utf8').split(' ')
    process.kill(Number(pid), 'SIGKILL')
  }

  for (const name of [...servers, ...processes])
    it(`starts ${name} again when it is killed, says so, and keeps its log`, async () => {
      kill(name)
      await until(`${name} runs again`, () => said.includes(`${name} runs again`), 60_000)
      expect(said).toMatch(new RegExp(`${name} died \\(SIGKILL\\): restarting in 1 s\\. Its log is kept: `))
      expect(existsSync(join(folder, 'logs/old', `${name}.1.log`)) || name === 'valkey').toBeTruthy()
    })

  it('brings every order to its end all the same, with the books right', async () => {
    const [code] = await ended
    about(said, () => expect(code).toBe(0))
    expect(said).toMatch(/the books are right/)
  })
})
