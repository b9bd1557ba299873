import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Summary } from './jest/summary.ts'
import { say, UserError, withProgress } from './say.ts'
import { startTestServers, type TestServers } from './test-servers.ts'

/** Everything that is checked without running the system, one program each. */
const checks = [
  ['format', 'biome', 'check', '--linter-enabled=false', '--error-on-warnings'],
  ['lint and import rules', 'oxlint', '--type-aware', '--deny-warnings'],
  ['types', 'tsc'],
  ['types of the web application', 'tsc', '-p', 'web'],
  ['protobuf style', 'buf', 'lint'],
  ['protobuf compatibility', 'buf', 'breaking', '--against', 'contracts/proto/released.binpb'],
] as const

/** Calls of Jest. Whole systems take turns (tests/support/turn.ts); beside them runs one that has servers of its own. */
const everything = [
  ['--selectProjects', 'unit', 'integration', 'workflow', 'replay'],
  ['--selectProjects', 'e2e', 'web', 'chaos', '--maxWorkers', '2'],
]

/** What `npm test -- …` was given: Jest's own arguments, such as a part of a path, or -t and a sentence. */
const wanted = process.argv.slice(2)
const total = { passed: 0, failed: 0 }
const seconds: [string, number][] = []

const stopping = new AbortController()
// 'disconnect': whoever started us was killed.
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.on(event, () => stopping.abort())
}

let servers: TestServers | undefined
try {
  if (wanted.length > 0) await test(wanted)
  else await testEverything()
} catch (error) {
  if (!stopping.signal.aborted) total.failed++
  say(error instanceof UserError ? error.message : String((error as Error).stack ?? error))
} finally {
  await servers?.stop()
}
say(`\n${seconds.map(([what, took]) => `${took.toFixed(1).padStart(7)} s  ${what}`).join('\n')}`)
if (total.passed + total.failed === 0) total.failed++
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed > 0 || stopping.signal.aborted ? 1 : 0)

async function testEverything(): Promise<void> {
  // The servers start while the code is checked.
  const starting = startTestServers().catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  )
  for (const [name, ...command] of checks) await check(name, command)
  const started = await starting
  if (started instanceof Error) throw started
  servers = started
  for (const projects of everything) await test(projects)
}

async function check(name: string, [program = '', ...args]: readonly string[]): Promise<void> {
  const startedAt = Date.now()
  const code = await withProgress(name, () => run(program, args))
  total[code === 0 ? 'passed' : 'failed']++
  say(code === 0 ? `✔ ${name}` : `✖ ${name}`)
  seconds.push([name, (Date.now() - startedAt) / 1_000])
}

async function test(args: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'order-saga-summary-'))
  try {
    const file = join(folder, 'summary.json')
    const code = await run('jest', args, { ...process.env, TEST_SUMMARY: file })
    // Jest says itself why it ran nothing, such as a path that matches no test.
    if (!existsSync(file)) return void total.failed++
    const summary = JSON.parse(readFileSync(file, 'utf8')) as Summary
    total.passed += summary.passed
    // Jest may have failed for what is no test's fault, such as servers that did not start.
    total.failed += code === 0 ? summary.failed : Math.max(summary.failed, 1)
    seconds.push(...Object.entries(summary.seconds))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The exit code; it is not 0 when the program was stopped or could not be started. */
async function run(program: string, args: readonly string[], env = process.env): Promise<number> {
  if (stopping.signal.aborted) return 1
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], env })
  const stop = () => child.kill('SIGTERM')
  stopping.signal.addEventListener('abort', stop)
  return new Promise<number>((resolve) => {
    child.on('error', () => resolve(1))
    child.on('exit', (code) => resolve(code ?? 1))
  }).finally(() => stopping.signal.removeEventListener('abort', stop))
}
