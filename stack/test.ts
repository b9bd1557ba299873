import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { say, Trouble, withProgress } from './say.ts'
import { startTestServers, type TestServers } from './test-servers.ts'

/** Everything that is checked without running the system, one program each. */
const checks = [
  ['format', 'biome', 'check', '--linter-enabled=false', '--error-on-warnings'],
  ['lint and import rules', 'oxlint', '--type-aware', '--deny-warnings'],
  ['types', 'tsc'],
  ['protobuf style', 'buf', 'lint'],
  ['protobuf compatibility', 'buf', 'breaking', '--against', 'contracts/proto/released.binpb'],
] as const

/** Groups of test files, in the order in which they run. Files of a group run side by side. */
const groups: [name: string, patterns: string[], atOnce: number][] = [
  ['unit', ['**/*.test.ts'], cpus().length],
  ['integration', ['**/*.int.test.ts'], cpus().length],
  ['workflow', ['workflows/**/*.test.ts'], cpus().length],
  ['replay', ['tests/replay/**/*.test.ts'], 1],
  ['end to end', ['tests/e2e/**/*.test.ts', 'tests/chaos/**/*.test.ts'], 1],
]

type Count = { passed: number; failed: number }
const total: Count = { passed: 0, failed: 0 }
const times: string[] = []
const wanted = process.argv.slice(2)

const stopping = new AbortController()
// 'disconnect': whoever started us was killed.
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.on(event, () => stopping.abort())
}

let servers: TestServers | undefined
try {
  // The servers start while the code is checked.
  const starting = startTestServers().catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  )
  if (wanted.length === 0)
    for (const [name, ...command] of checks) await timed(name, () => check(name, command))
  const started = await starting
  if (started instanceof Error) throw started
  servers = started
  for (const [name, files, atOnce] of filesByGroup()) await timed(name, () => test(name, files, atOnce))
} catch (error) {
  if (!stopping.signal.aborted) total.failed++
  say(error instanceof Trouble ? error.message : String((error as Error).stack ?? error))
} finally {
  await servers?.stop()
}
say(`\n${times.join('\n')}`)
if (total.passed + total.failed === 0) total.failed++
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed > 0 || stopping.signal.aborted ? 1 : 0)

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  if (stopping.signal.aborted) return
  const startedAt = Date.now()
  say(`\n▶ ${what}`)
  await work()
  times.push(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${what}`)
}

async function check(name: string, [program = '', ...args]: readonly string[]): Promise<void> {
  const failed = await withProgress(name, async () => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    return new Promise<boolean>((resolve) => {
      child.on('error', () => resolve(true))
      child.on('exit', (code) => resolve(code !== 0))
    })
  })
  total[failed ? 'failed' : 'passed']++
  say(failed ? `✖ ${name}` : `✔ ${name}`)
}

/** Each file once, in the most special group that names it. */
function filesByGroup(): [string, string[], number][] {
  const exclude = ['node_modules/**', 'generated/**', '.stack/**']
  const taken = new Set<string>()
  const special = groups.toReversed().map(([name, patterns, atOnce]): [string, string[], number] => {
    const files = globSync(patterns, { exclude })
      .filter((file) => !taken.has(file))
      .sort()
    for (const file of files) taken.add(file)
    return [
      name,
      files.filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part))),
      atOnce,
    ]
  })
  const found = special.toReversed().filter(([, files]) => files.length > 0)
  if (found.length === 0) throw new Trouble(`no test file matches ${wanted.join(' or ')}`)
  return found
}

/** We skip nothing: a test that is skipped, left to do or cancelled has failed, and so has a file without a test. */
async function test(group: string, files: string[], concurrency: number): Promise<void> {
  const stream = run({ files, concurrency, signal: stopping.signal, forceExit: true })
  const testsOf = new Map(files.map((file) => [file, 0]))
  const report = (failed: boolean) => void total[failed ? 'failed' : 'passed']++
  const isTest = (data: { details: { type?: string | undefined } }) => data.details.type !== 'suite'
  // A file in which no test ran, or that ended in the midst of them, passes under its own name.
  const isFile = (data: { name: string; file?: string }) => resolve(data.name) === data.file
  stream.on('test:pass', (data) => {
    if (!isTest(data) || isFile(data)) return
    count(testsOf, data.file)
    report(data.skip !== undefined || data.todo !== undefined)
  })
  stream.on('test:fail', (data) => {
    count(testsOf, data.file)
    if (isTest(data)) report(true)
  })
  const printed = stream.compose(new spec())
  printed.pipe(process.stdout, { end: false })
  await new Promise<void>((resolve, reject) => printed.on('end', resolve).on('error', reject))
  for (const [file, tests] of testsOf) {
    if (tests > 0 || stopping.signal.aborted) continue
    say(`✖ ${group}: ${file} ran no test`)
    report(true)
  }
}

function count(testsOf: Map<string, number>, file: string | undefined): void {
  const relative = file?.startsWith(process.cwd()) ? file.slice(process.cwd().length + 1) : file
  if (relative !== undefined && testsOf.has(relative)) testsOf.set(relative, (testsOf.get(relative) ?? 0) + 1)
}
