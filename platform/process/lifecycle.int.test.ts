import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from '@jest/globals'
import { silent, until } from '../testing/fixtures.ts'
import { stopAll, waitUntilUp } from './lifecycle.ts'
import { createLogger } from './logger.ts'

type Line = { level: string; msg: string; process: string; time: string }

/** A process that runs `body` as its start function. */
function run(body: string, options = '{}', env: Record<string, string> = {}) {
  const lifecycle = new URL('lifecycle.ts', import.meta.url).href
  const script = `
    import { runProcess, waitUntilUp } from '${lifecycle}'
    await runProcess('demo', async ({ logger, signal }) => {
      const alive = setInterval(() => {}, 1_000)
      ${body}
    }, ${options})`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    env: { ...process.env, LOG_LEVEL: 'info', LOG_FORMAT: 'json', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const lines = () =>
    output
      .split('\n')
      .filter(Boolean)
      .map((line): Line => JSON.parse(line))
  const said = (msg: string) => until(msg, () => lines().some((line) => line.msg.startsWith(msg)))
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  return { child, lines, said, exited }
}

const messages = (lines: Line[]) => lines.map((line) => line.msg)

test('says ready, and at SIGTERM stops once and exits 0', async () => {
  const demo = run(`return { stop: async () => { logger.info('draining') } }`)
  await demo.said('ready')
  demo.child.kill('SIGTERM')
  demo.child.kill('SIGINT')
  expect(await demo.exited).toBe(0)
  expect(messages(demo.lines())).toStrictEqual(['ready', 'stopping', 'draining', 'stopped'])
})

test('exits 1 with one line when draining takes too long', async () => {
  const demo = run(`return { stop: () => new Promise(() => {}) }`, '{ drainWithin: 100 }')
  await demo.said('ready')
  demo.child.kill('SIGTERM')
  expect(await demo.exited).toBe(1)
  expect(messages(demo.lines())).toStrictEqual([
    'ready',
    'stopping',
    'failed: draining took longer than 100 ms',
  ])
})

test('waits for a server that is not up, says so, and can be stopped meanwhile', async () => {
  const demo = run(`
    const probe = () => Promise.reject(new Error('connection refused'))
    return waitUntilUp('the broker', probe, { logger, signal })`)
  await demo.said('waiting for the broker: connection refused')
  demo.child.kill('SIGTERM')
  expect(await demo.exited).toBe(0)
  expect(messages(demo.lines()).slice(1)).toStrictEqual(['stopping', 'stopped'])
})

test('logs a fault that nobody caught and exits 1', async () => {
  const demo = run(`
    setTimeout(() => Promise.reject(new Error('boom')), 10)
    return { stop: async () => {} }`)
  expect(await demo.exited).toBe(1)
  expect(messages(demo.lines())).toStrictEqual(['ready', 'failed: boom'])
})

test('exits 1 with one line per variable when the environment is wrong', async () => {
  const demo = run(`return { stop: async () => {} }`, '{}', { LOG_LEVEL: 'loud', LOG_FORMAT: 'fancy' })
  expect(await demo.exited).toBe(1)
  expect(messages(demo.lines())).toStrictEqual([
    'LOG_LEVEL is "loud"; wanted: one of "trace"|"debug"|"info"|"warn"|"error"|"fatal"|"silent"',
    'LOG_FORMAT is "fancy"; wanted: one of "json"|"pretty"',
  ])
})

test('waits quietly and gives what the probe gave', async () => {
  const said: string[] = []
  const logger = createLogger({
    process: 'test',
    destination: { write: (line) => said.push(JSON.parse(line).msg) },
  })
  let tries = 0
  const probe = async () => {
    if (++tries < 4) throw new Error('not yet')
    return 'up'
  }
  expect(await waitUntilUp('it', probe, { logger })).toBe('up')
  expect(said).toStrictEqual(['waiting for it: not yet', 'it is up'])
})

test('stops waiting when told to', async () => {
  const probe = () => Promise.reject(new Error('no'))
  const signal = AbortSignal.timeout(50)
  await expect(waitUntilUp('it', probe, { logger: silent, signal })).rejects.toMatchObject({
    name: expect.stringMatching(/Abort|Timeout/),
  })
})

test('stops everything in order, even when one fails, and tells which', async () => {
  const stopped: string[] = []
  const one = (name: string, error?: Error) => ({
    stop: async () => {
      stopped.push(name)
      if (error) throw error
    },
  })
  await expect(stopAll(one('a', new Error('no a')), one('b'), one('c', new Error('no c')))).rejects.toThrow(
    /no a; no c/,
  )
  expect(stopped).toStrictEqual(['a', 'b', 'c'])
})
