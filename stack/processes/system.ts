import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StopRefusal } from '#contracts/clients.ts'
import {
  auditVariable,
  byOwner,
  type DatabaseOwner,
  databaseOwners,
  databasesOf,
  databaseVariable,
} from '#contracts/services.ts'
import { say, withProgress } from '../say.ts'
import { auditor, createDatabases, urlFor } from '../servers/databases.ts'
import { mustBeFree, type Ports, servicePorts } from '../servers/ports.ts'
import { homeOf, loopbacks } from '../servers/postgres.ts'
import { readSecrets, type Secrets } from '../servers/secrets.ts'
import { type Servers, startServers } from '../servers/servers.ts'
import { type Child, startChild } from './children.ts'
import { serveControl } from './control.ts'
import { logFile } from './log-files.ts'
import {
  type Addresses,
  demonstration,
  discoveryShards,
  environmentFor,
  environmentOf,
  environmentOfCommands,
  type GeneratorOptions,
  generators,
  type ProcessSpec,
  seeding,
  services,
  staffUser,
} from './processes.ts'
import { deathOf, type Supervised, supervise } from './supervise.ts'

/** What this machine's system keeps: data, logs, secrets. */
export const stackFolder = resolve(process.env.ORDER_SAGA_STACK || '.stack')
export const logFolder = join(stackFolder, 'logs')
export const dataFolder = join(stackFolder, 'data')

type Options = {
  ports: Ports
  logLevel: string
  /** A service starts again when its code changes. */
  watch?: boolean
  signal: AbortSignal
  /** Hears what happened to a program, in a line. */
  tell: (line: string) => void
}
export type System = ReturnType<typeof createSystem>

/** The whole system on this machine: servers, databases, services, and who places orders. */
export function createSystem({ ports, logLevel, watch = false, signal, tell }: Options) {
  let servers: Servers | undefined
  let environment: Record<string, string> = {}
  let stopping = false
  /** Everything is up: what dies from now on is started again. */
  let up = false
  const kept: Record<'server' | 'service' | 'source', Supervised[]> = { server: [], service: [], source: [] }
  let control: Awaited<ReturnType<typeof serveControl>> | undefined
  /** Those that end by themselves. */
  const passing: Child[] = []
  const failure = new AbortController()
  /** Aborts when we are asked to stop, or something that should run has died. */
  const over = AbortSignal.any([signal, failure.signal])

  async function start(): Promise<void> {
    for (const name of servicePorts) await mustBeFree(name, ports[name])
    const options = { dataFolder, logFolder, durable: true, ports }
    servers = await withProgress('starting the servers', () => startServers(options, process.env))
    for (const { child, again } of servers.children) keep('server', child, again)
    const secrets = await readSecrets(join(stackFolder, 'secrets.json'))
    const addresses = await addressesOf(servers, secrets.passwords, ports)
    environment = environmentFor(addresses, ports, secrets)
    await writeDown(environmentOfCommands(environment))
    control = await serveControl(stopFor)
    environment = { ...environment, DEMO_CONTROL_URL: control.url, DEMO_CONTROL_TOKEN: control.token }
    for (const service of services) {
      if (service.name === 'discovery' && environment.DISCOVERY_SHARDS === '') continue
      keep('service', await run(service), () => run(service))
    }
    await withProgress('starting the services', gatewayReady)
    await withProgress('making the seed data known', async () => orOver(ending(await run(seeding))))
    up = true
    await sayWhereToClick()
  }

  async function run(spec: ProcessSpec): Promise<Child> {
    over.throwIfAborted()
    const { name, entry, args = [], env = {} } = spec
    const own = environmentOf(name, environment)
    return startChild({
      name,
      command: process.execPath,
      args: [...(watch && services.includes(spec) ? ['--watch'] : []), entry, ...args],
      logFolder,
      env: {
        LOG_LEVEL: logLevel,
        ...demonstration,
        ...process.env,
        ...withoutDatabases(own),
        ...own,
        ...env,
      },
    })
  }

  /** Starts it again when it dies, unless it does so time and again: then that is the end of the system. */
  function keep(kind: keyof typeof kept, child: Child, again: () => Promise<Child>): void {
    kept[kind].push(supervise(child, { again, tell, giveUp: fail, mayRestart: () => up }))
  }

  function stopFor(service: string, ms: number): StopRefusal | undefined {
    const found = kept.service.find(({ name }) => name === service)
    if (!found) return 'unknown'
    return up && !stopping && found.restFor(ms) ? undefined : 'stopped'
  }

  /** Resolves when the child has done its work; any other end of it is the end of the system. */
  async function ending(child: Child): Promise<void> {
    passing.push(child)
    const how = await child.exited
    if (!stopping && how !== 'exit code 0') fail(await deathOf(child, how))
  }

  /** Throws why when it is over before. */
  const orOver = (what: Promise<unknown>) =>
    new Promise<void>((resolve, reject) => {
      over.addEventListener('abort', () => reject(over.reason), { once: true })
      what.then(() => over.aborted || resolve(), reject)
    })

  async function gatewayReady(): Promise<void> {
    const ready = () =>
      fetch(`${environment.GATEWAY_URL}/ready`).then(
        (answer) => answer.ok,
        () => false,
      )
    while (!(await ready())) await rest(200)
  }

  /** Sleeps; throws why when it is over. */
  async function rest(time: number): Promise<void> {
    await sleep(time, undefined, { signal: over }).catch(() => over.throwIfAborted())
  }

  /** Starts the three sources; resolves when each has placed its orders, and with `wait` has seen them end. */
  async function place(options: GeneratorOptions): Promise<void> {
    const specs = generators(options)
    const children = await Promise.all(specs.map(run))
    if (options.lasts !== undefined) return orOver(Promise.all(children.map(ending)))
    for (const [nth, spec] of specs.entries()) {
      const child = children[nth]
      if (child) keep('source', child, () => run(spec))
    }
    await orOver(new Promise(() => {}))
  }

  async function sayWhereToClick(): Promise<void> {
    const home = await homeOf(`${dataFolder}/postgres`)
    say(`
  Start here         ${environment.GATEWAY_URL}
  API and its docs   ${environment.GATEWAY_URL}/docs
  Sign in            as staff ${staffUser} or as customer 17850, with the passwords in ${relative('.', stackFolder)}/secrets.json
  Temporal Web UI    ${servers?.temporalUiUrl ?? `of ${environment.TEMPORAL_ADDRESS}`}
  An order           npx order-saga orders list, then npx order-saga orders show <id>
  Logs               ${relative('.', logFolder)}, or npx order-saga logs --order <id>
  Data               ${relative('.', dataFolder)}${servers?.postgresUrl && !home.startsWith(dataFolder) ? `, and ${home}` : ''}
  Ctrl-C stops everything.
`)
  }

  /** Who places orders stops first, the servers last; all of it takes 14 s at most. */
  async function stop(): Promise<void> {
    stopping = true
    await control?.stop()
    const stopAll = (all: readonly Pick<Child, 'stop'>[], within: number) =>
      Promise.all(all.map((child) => child.stop({ within })))
    await stopAll([...passing, ...kept.source], 2_000)
    await stopAll(kept.service, 8_000)
    await stopAll(kept.server, 4_000)
  }

  /** Ends it: whoever waits for something is told why. */
  const fail = (reason: unknown): void => failure.abort(reason)

  const logsOf = (name: string) => logFile(logFolder, name).all()

  return { start, place, rest, fail, stop, over, logsOf, environment: () => environment }
}

async function addressesOf(
  servers: Servers,
  passwords: Secrets['passwords'],
  ports: Ports,
): Promise<Addresses> {
  const { postgresUrl = '' } = servers
  if (postgresUrl) await createDatabases(postgresUrl, passwords)
  const local = (role: DatabaseOwner | typeof auditor, owner: DatabaseOwner) =>
    databasesOf(owner).map((name) => urlFor(postgresUrl, role, passwords[role], name))
  const given = (owner: DatabaseOwner) => process.env[databaseVariable(owner)]
  const audited = (owner: DatabaseOwner) => process.env[auditVariable(owner)] ?? given(owner)
  const moving = databaseOwners.filter((owner) => databasesOf(owner).length > 1 && !given(owner))
  const reachable = loopbacks.map((host) => `${host}:${ports.POSTGRES_PORT}`)
  return {
    ...servers,
    databaseUrls: byOwner((owner) => given(owner) ?? local(owner, owner)[0] ?? ''),
    auditUrls: byOwner((owner) => audited(owner) ?? local(auditor, owner).join()),
    discoveryShards: moving.map((owner) => discoveryShards(owner, databasesOf(owner), reachable)).join(';'),
  }
}

/** For commands in other terminals; it holds passwords. */
async function writeDown(environment: Record<string, string>): Promise<void> {
  await mkdir(stackFolder, { recursive: true })
  await writeFile(join(stackFolder, 'env.json'), JSON.stringify(environment, null, 2), { mode: 0o600 })
}

/** A process must not find the addresses of databases that are not its own. */
const withoutDatabases = (own: Record<string, string>): Record<string, undefined> =>
  Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => name.endsWith('_DATABASE_URL') && !(name in own))
      .map((name) => [name, undefined]),
  )
