import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Command } from 'commander'
import { fail } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import type { Context } from '../session/context.ts'
import { openKeptTokens } from '../session/kept-tokens.ts'
import { addLogsCommand } from './logs.ts'

const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`
const entry = (second: number, process: string, fields: object = {}) =>
  `${JSON.stringify({ level: 'info', time: at(second), process, msg: `${process} ${second}`, ...fields })}\n`

let stackFolder: string
beforeAll(async () => {
  stackFolder = await mkdtemp(join(tmpdir(), 'order-saga-logs-'))
  const folder = join(stackFolder, 'logs')
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'order.log'),
    entry(1, 'order', { orderId: 'a' }) + entry(4, 'order', { orderId: 'b' }),
  )
  await writeFile(
    join(folder, 'payment.log'),
    entry(2, 'payment', { orderId: 'a', level: 'warn' }) + entry(3, 'payment'),
  )
  await writeFile(join(folder, 'kafka.log'), 'INFO started\n{ broken\n')
  await writeFile(join(folder, 'kafka.pid'), '1 2')
  await mkdir(join(folder, 'old'))
  await writeFile(join(folder, 'old', 'order.1.log'), entry(0, 'order', { orderId: 'c' }))
  await writeFile(join(folder, 'old', 'kafka.2.log'), 'INFO started long ago\n')
  await writeFile(join(folder, 'old', 'kafka.1.log'), 'INFO started before\n')
})
afterAll(() => rm(stackFolder, { recursive: true }))

async function logs(
  args: string[],
  interrupted = new AbortController(),
  printed: string[] = [],
): Promise<string[]> {
  const context: Context = {
    env: {},
    stackFolder,
    gatewayUrl: () => fail('the logs need no gateway'),
    demoPassword: () => undefined,
    tell: () => fail('the logs are told line by line'),
    key: () => fail('the logs change nothing'),
    signedIn: () => fail('nor anybody who is signed in'),
    keptTokens: openKeptTokens({}),
    gateway: () => fail('the logs need no gateway'),
    view: () => fail('nor what orders look like'),
    print: (text) => void printed.push(text),
    input: process.stdin,
    terminal: process.stdout,
    stderr: process.stderr,
    untilInterrupted: () => interrupted.signal,
    setExitCode: () => {},
  }
  const program = new Command()
  addLogsCommand(program, context)
  await program.parseAsync(['logs', ...args], { from: 'user' })
  return printed
}

const messages = async (...args: string[]) =>
  (await logs([...args, '--json'])).map((line) => (JSON.parse(line) as { msg: string }).msg)

it('puts the lines of all processes, of earlier runs too, in the order of their times', async () => {
  expect(await messages()).toStrictEqual(['order 0', 'order 1', 'payment 2', 'payment 3', 'order 4'])
})

it('shows one order, one process, or from one level on', async () => {
  expect(await messages('--order', 'a')).toStrictEqual(['order 1', 'payment 2'])
  expect(await messages('--process', 'payment')).toStrictEqual(['payment 2', 'payment 3'])
  expect(await messages('--level', 'warn')).toStrictEqual(['payment 2'])
})

it('shows the newest lines when there are more than wanted', async () => {
  expect(await messages('--lines', '2')).toStrictEqual(['payment 3', 'order 4'])
})

it('shows the text that a server writes when that server is asked for', async () => {
  expect(await logs(['--process', 'kafka'])).toStrictEqual([
    'kafka: INFO started long ago',
    'kafka: INFO started before',
    'kafka: INFO started',
    'kafka: { broken',
  ])
})

it('is readable for people', async () => {
  expect((await logs(['--level', 'warn']))[0] ?? '').toMatch(/WARN.*payment: payment 2/)
})

it('follows what comes, half lines when they are whole, and logs that begin anew', async () => {
  const path = join(stackFolder, 'logs', 'follow.log')
  await writeFile(path, '')
  const interrupted = new AbortController()
  const printed: string[] = []
  const following = logs(['--process', 'follow', '--follow', '--json'], interrupted, printed)
  const first = entry(5, 'follow')
  await appendFile(path, first.slice(0, 20))
  await appendFile(path, `${first.slice(20)}${entry(6, 'follow')}`)
  await until('both lines are shown', () => printed.length === 2)
  await writeFile(path, entry(7, 'follow'))
  await until('the new log is shown', () => printed.length === 3)
  interrupted.abort()
  await following
  expect(printed[2] ?? '').toMatch(/follow 7/)
})

it('names the logs that there are when one is asked for that is not', async () => {
  await expect(logs(['--process', 'orders'])).rejects.toThrow(
    /no log of orders; there are: .*kafka, order, payment/,
  )
})

it('says what to do when nothing has run here', async () => {
  const here = stackFolder
  stackFolder = join(here, 'elsewhere')
  await expect(logs([])).rejects.toThrow(/"npm start" writes them/)
  stackFolder = here
})
