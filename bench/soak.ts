// The whole system as `npm start` runs it, for as long as wanted: programs are killed and frozen while orders come in, and
// the audit looks on. What each store has grown by comes last: a run without faults tells what an order takes.
// npm run bench -- soak [--rate 1] [--for 10m] [--faults 30s|none] [--audits 3m|none] [--seed TEXT]
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { parseDuration } from '#platform/process/config.ts'
import { createRandom } from '#simulators/rolls.ts'
import { services } from '#stack/processes/processes.ts'
import { freePorts } from '#stack/servers/ports.ts'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '1' },
    for: { type: 'string', default: '10m' },
    faults: { type: 'string', default: '30s' },
    audits: { type: 'string', default: '3m' },
    seed: { type: 'string', default: 'soak' },
  },
})
const random = createRandom(values.seed)
const servers = ['postgres', 'temporal', 'kafka', 'valkey']
const programs = [...servers, ...services.map(({ name }) => name)]
/** Each program once, in any order, and all over again: one that dies too often in a row is given up. */
let next: string[] = []

const folder = await mkdtemp(join(tmpdir(), 'order-saga-soak-'))
await chmod(folder, 0o711)
const ports = Object.entries(await freePorts()).map(([name, port]) => [name, String(port)])
const env = {
  ...process.env,
  ...Object.fromEntries(ports),
  ORDER_SAGA_STACK: folder,
  XDG_STATE_HOME: folder,
}

const began = Date.now()
const tell = (line: string) =>
  console.log(`${((Date.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`)

const system = spawn(
  process.execPath,
  ['stack/start.ts', '--rate', values.rate, '--for', values.for, '--exit', '--seed', values.seed],
  { env, detached: true, stdio: ['ignore', 'inherit', 'pipe'] },
)
let said = ''
system.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
const placed = () => Number([...said.matchAll(/(\d+) placed,/g)].at(-1)?.[1] ?? 0)
const stopping = new AbortController()
const ended = once(system, 'exit').then(([code]) => {
  stopping.abort()
  return Number(code ?? 1)
})
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const)
  process.on(event, () => system.kill('SIGTERM'))

const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})

try {
  while (placed() === 0 && !stopping.signal.aborted) await pause(500)
  const before = sizes()
  const until = Date.now() + parseDuration(values.for)
  const [, , exits] = await Promise.all([
    repeat('1m', until, async () => tell(`${placed()} orders placed`)),
    repeat(values.faults, until, injectFault),
    repeat(values.audits, until, audit),
  ])
  const code = await ended
  const accusations = exits.filter((exit) => exit === 1).length
  tell(`npm start ended with ${code}; ${accusations} of ${exits.length} audits under load accused`)
  if (code !== 0) console.log(said.slice(-4_000))
  console.log(growth(before, sizes()))
  process.exitCode = code || Number(accusations > 0)
} finally {
  if (system.exitCode === null) system.kill('SIGTERM')
  await ended
  await rm(folder, { recursive: true, force: true })
}
process.exit()

async function repeat<T>(every: string, until: number, work: () => Promise<T>): Promise<T[]> {
  const done: T[] = []
  if (every === 'none') return done
  for (;;) {
    await pause(parseDuration(every))
    if (Date.now() > until || stopping.signal.aborted) return done
    done.push(await work())
  }
}

/** Ends a program, which is started again, or stops it for a while, as a busy or paging machine does. */
async function injectFault(): Promise<void> {
  if (next.length === 0) next = [...programs]
  const [name = ''] = next.splice(Math.floor(random() * next.length), 1)
  const pid = pidOf(name)
  if (pid === undefined) return
  if (random() < 0.5) {
    tell(`kills ${name}`)
    return signal([pid], 'SIGKILL')
  }
  const ms = 2_000 + Math.floor(random() * 20_000)
  tell(`freezes ${name} for ${(ms / 1000).toFixed(1)} s`)
  const all = [pid, ...childrenOf(pid)]
  signal(all, 'SIGSTOP')
  await pause(ms)
  signal(all, 'SIGCONT')
}

/** Undefined while it is being started again. */
function pidOf(name: string): number | undefined {
  try {
    return Number(readFileSync(join(folder, 'logs', `${name}.pid`), 'utf8').split(' ')[0])
  } catch {
    return undefined
  }
}

/** PostgreSQL's sessions are processes in groups of their own. */
function childrenOf(pid: number): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number)
  } catch {
    return []
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, name)
    } catch {
      // It has ended by itself.
    }
}

/** Its exit code: 0 nothing wrong, 1 something wrong, 3 not everything answered. */
async function audit(): Promise<number> {
  const started = Date.now()
  const child = spawn(process.execPath, ['cli/main.ts', 'audit', '--since', 'last'], { env })
  let report = ''
  for (const output of [child.stdout, child.stderr])
    output.setEncoding('utf8').on('data', (text: string) => (report += text))
  const [code] = await once(child, 'exit')
  tell(`audit: exit ${code} after ${((Date.now() - started) / 1000).toFixed(1)} s`)
  if (code === 1) console.log(report)
  return Number(code)
}

type Sizes = Record<string, number>

/** In bytes, as they stand on disk. */
function sizes(): Sizes {
  const places = {
    'PostgreSQL, tables': 'data/postgres/data/base',
    'PostgreSQL, journal': 'data/postgres/data/pg_wal',
    Temporal: 'data/temporal',
    Kafka: 'data/kafka',
    Valkey: 'data/valkey',
    logs: 'logs',
  }
  return Object.fromEntries(
    Object.entries(places).map(([store, place]) => [store, sizeOf(join(folder, place))]),
  )
}

/** Files may come and go meanwhile, of which du complains. */
function sizeOf(place: string): number {
  const { stdout } = spawnSync('du', ['-sk', place], { encoding: 'utf8' })
  return Number.parseInt(stdout, 10) * 1024
}

function growth(before: Sizes, after: Sizes): string {
  const orders = placed()
  const lines = Object.entries(after).map(([store, bytes]) => {
    const grown = bytes - (before[store] ?? 0)
    return `${store.padEnd(22)}${(grown / 2 ** 20).toFixed(1).padStart(8)} MB${(grown / 1024 / orders).toFixed(1).padStart(8)} kB an order`
  })
  return [`grown by, ${orders} orders:`, ...lines].join('\n')
}
