import { mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, startChild } from './children.ts'
import { auditor, createDatabases, databasesOf, type Owner, owners, urlFor } from './databases.ts'
import { mustBeFree, type PortName, type Ports } from './ports.ts'
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
import { say, Trouble, withProgress } from './say.ts'
import { readSecrets, type Secrets } from './secrets.ts'
import { homeOf, loopbacks } from './servers/postgres.ts'
import { type Servers, startServers } from './servers.ts'

const logFolder = resolve('.stack/logs')
export const dataFolder = resolve('.stack/data')

type Options = { ports: Ports; logLevel: string; signal: AbortSignal }
export type System = ReturnType<typeof createSystem>

/** The whole system on this machine: servers, databases, services, and who places orders. */
export function createSystem({ ports, logLevel, signal }: Options) {
  let servers: Servers | undefined
  let environment: Record<string, string> = {}
  let stopping = false
  const processes: Child[] = []
  const failure = new AbortController()
  /** Aborts when we are asked to stop, or something that should run has died. */
  const over = AbortSignal.any([signal, failure.signal])

  async function start(): Promise<void> {
    const ours = (Object.keys(ports) as PortName[]).filter((name) =>
      /_RPC_PORT$|^GATEWAY_PORT$|^NOTIFICATION_PORT$/.test(name),
    )
    for (const name of ours) await mustBeFree(name, ports[name])
    const options = { dataFolder, logFolder, durable: true, ports }
    servers = await withProgress('starting the servers', () => startServers(options, process.env))
    for (const server of servers.children) void lives(server, false)
    const secrets = await readSecrets('.stack/secrets.json')
    const addresses = await addressesOf(servers, secrets.passwords, ports)
    environment = environmentFor(addresses, ports, secrets)
    await writeDown(environmentOfCommands(environment))
    for (const service of services) {
      if (service.name === 'discovery' && environment.DISCOVERY_SHARDS === '') continue
      void lives(await run(service), false)
    }
    await withProgress('starting the services', gatewayReady)
    await withProgress('making the seed data known', async () => orOver(lives(await run(seeding), true)))
    await sayWhereToClick()
  }

  async function run({ name, entry, args = [], env = {} }: ProcessSpec): Promise<Child> {
    over.throwIfAborted()
    const own = environmentOf(name, environment)
    const child = await startChild({
      name,
      command: process.execPath,
      args: [entry, ...args],
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
    processes.push(child)
    return child
  }

  /** Resolves when the child has ended as it may; any other end of it is the end of the system. */
  async function lives(child: Child, mayEnd: boolean): Promise<void> {
    const how = await child.exited
    if (stopping || (mayEnd && how === 'exit code 0')) return
    failure.abort(await death(child, how))
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
    const placing = await Promise.all(generators(options).map(run))
    await orOver(Promise.all(placing.map((child) => lives(child, true))))
  }

  async function sayWhereToClick(): Promise<void> {
    const home = await homeOf(`${dataFolder}/postgres`)
    say(`
  Start here         ${environment.GATEWAY_URL}
  API and its docs   ${environment.GATEWAY_URL}/docs
  Sign in            as staff ${staffUser} or as customer 17850, with the passwords in .stack/secrets.json
  Temporal Web UI    ${servers?.temporalUiUrl ?? `of ${environment.TEMPORAL_ADDRESS}`}
  An order           npx order-saga orders list, then npx order-saga orders show <id>
  Logs               .stack/logs, or npx order-saga logs --order <id>
  Data               .stack/data${servers?.postgresUrl && !home.startsWith(dataFolder) ? `, and ${home}` : ''}
  Ctrl-C stops everything.
`)
  }

  /** Who places orders stops first, the servers last; all of it takes 14 s at most. */
  async function stop(): Promise<void> {
    stopping = true
    const isService = ({ name }: Child) => services.some((service) => service.name === name)
    const others = processes.filter((child) => !isService(child))
    await Promise.all(others.map((child) => child.stop({ within: 2_000 })))
    await Promise.all(processes.filter(isService).map((child) => child.stop({ within: 8_000 })))
    await servers?.stop()
  }

  /** Ends it: whoever waits for something is told why. */
  const fail = (reason: unknown): void => failure.abort(reason)

  const logOf = (name: string) => `${logFolder}/${name}.log`

  return { start, place, rest, fail, stop, over, logOf, environment: () => environment }
}

async function addressesOf(
  servers: Servers,
  passwords: Secrets['passwords'],
  ports: Ports,
): Promise<Addresses> {
  const { postgresUrl = '' } = servers
  if (postgresUrl) await createDatabases(postgresUrl, passwords)
  const local = (role: Owner | typeof auditor, owner: Owner) =>
    databasesOf[owner].map((name) => urlFor(postgresUrl, role, passwords[role], name))
  const given = (owner: Owner) => process.env[`${owner.toUpperCase()}_DATABASE_URL`]
  const audited = (owner: Owner) => process.env[`AUDIT_${owner.toUpperCase()}_DATABASE_URL`] ?? given(owner)
  const all = (url: (owner: Owner) => string) =>
    Object.fromEntries(owners.map((owner) => [owner, url(owner)])) as Record<Owner, string>
  const moving = owners.filter((owner) => databasesOf[owner].length > 1 && !given(owner))
  const reachable = loopbacks.map((host) => `${host}:${ports.POSTGRES_PORT}`)
  return {
    ...servers,
    databaseUrls: all((owner) => given(owner) ?? local(owner, owner)[0] ?? ''),
    auditUrls: all((owner) => audited(owner) ?? local(auditor, owner).join()),
    discoveryShards: moving.map((owner) => discoveryShards(owner, databasesOf[owner], reachable)).join(';'),
  }
}

/** For commands in other terminals; it holds passwords. */
async function writeDown(environment: Record<string, string>): Promise<void> {
  await mkdir('.stack', { recursive: true })
  await writeFile('.stack/env.json', JSON.stringify(environment, null, 2), { mode: 0o600 })
}

const death = async (child: Child, how: string) =>
  new Trouble(
    `${child.name} died (${how}). Its log, .stack/logs/${child.name}.log, ends with:\n${await child.logTail()}`,
  )

/** A process must not find the addresses of databases that are not its own. */
const withoutDatabases = (own: Record<string, string>): Record<string, undefined> =>
  Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => name.endsWith('_DATABASE_URL') && !(name in own))
      .map((name) => [name, undefined]),
  )
