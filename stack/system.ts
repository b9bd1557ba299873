import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '#platform/database.ts'
import { type Child, startChild } from './children.ts'
import { auditor, createDatabases, credentials, type Owner, owners, urlFor } from './databases.ts'
import { openOrders, readNumbers } from './numbers.ts'
import { mustBeFree, type PortName, type Ports } from './ports.ts'
import {
  demonstration,
  environmentFor,
  environmentOf,
  generators,
  type ProcessSpec,
  seeding,
  services,
} from './processes.ts'
import { say, Trouble, withProgress } from './say.ts'
import { type Servers, startServers } from './servers.ts'
import { createTable, summary } from './table.ts'

const logFolder = resolve('.stack/logs')
const patience = 180_000

type Options = { ports: Ports; logLevel: string; signal: AbortSignal }

/** The whole system on this machine: servers, databases, services, and who places orders. */
export function createSystem({ ports, logLevel, signal }: Options) {
  const startedAt = new Date()
  let servers: Servers | undefined
  let environment: Record<string, string> = {}
  const processes: Child[] = []
  const orders = () =>
    openDatabase(environment.AUDIT_ORDER_DATABASE_URL ?? '', { max: 2, applicationName: 'npm start' })

  async function start(): Promise<void> {
    for (const name of Object.keys(ports) as PortName[]) {
      if (name.endsWith('_RPC_PORT') || name === 'GATEWAY_PORT') await mustBeFree(name, ports[name])
    }
    const options = { dataFolder: resolve('.stack/data'), logFolder, durable: true, ports }
    servers = await withProgress('starting the servers', () => startServers(options, process.env))
    environment = environmentFor(await addressesOf(servers), ports)
    await mkdir('.stack', { recursive: true })
    const uiUrl = servers.temporalUiUrl
    const written = { ...environment, ...(uiUrl && { TEMPORAL_UI_URL: uiUrl }) }
    await writeFile('.stack/env.json', JSON.stringify(written, null, 2), { mode: 0o600 })
    await Promise.all(services.map(run))
    await withProgress('starting the services', () => alive(gatewayReady()))
    const seed = await run(seeding)
    await withProgress('making the seed data known', () => alive(ended(seed)))
    say(whereToClick(uiUrl))
  }

  async function addressesOf({ postgresUrl, kafkaBrokers, temporalAddress, redisUrl }: Servers) {
    const given = (owner: Owner) => process.env[`${owner.toUpperCase()}_DATABASE_URL`]
    const audit = (owner: Owner) => process.env[`AUDIT_${owner.toUpperCase()}_DATABASE_URL`] ?? given(owner)
    const passwords = await credentials('.stack/credentials.json')
    if (postgresUrl) await createDatabases(postgresUrl, passwords)
    const all = (url: (owner: Owner) => string) =>
      Object.fromEntries(owners.map((owner) => [owner, url(owner)])) as Record<Owner, string>
    const local = (role: Owner | typeof auditor, owner: Owner) =>
      urlFor(postgresUrl ?? '', role, passwords[role], owner)
    return {
      databaseUrls: all((owner) => given(owner) ?? local(owner, owner)),
      auditUrls: all((owner) => audit(owner) ?? local(auditor, owner)),
      kafkaBrokers,
      temporalAddress,
      redisUrl,
    }
  }

  async function run({ name, entry, args = [], env = {} }: ProcessSpec): Promise<Child> {
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

  /** Waits for `what`, and throws as soon as a server or process that should run has died, or we are to stop. */
  async function alive<T>(what: Promise<T>): Promise<T> {
    const dead = [...(servers?.children ?? []), ...processes].map(async (child) => {
      const how = await child.exited
      if (how === 'exit code 0') return new Promise<never>(() => {})
      throw new Trouble(
        `${child.name} died (${how}). Its log, .stack/logs/${child.name}.log, ends with:\n${await child.logTail()}`,
      )
    })
    const stopped = new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason)
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    return Promise.race([what, stopped, ...dead])
  }

  async function gatewayReady(): Promise<void> {
    const ready = () =>
      fetch(`${environment.GATEWAY_URL}/ready`).then(
        (answer) => answer.ok,
        () => false,
      )
    while (!(await ready())) await sleep(200, undefined, { signal })
  }

  async function place(options: {
    rate: number
    lasts?: string
    seed?: string
  }): Promise<{ placed: Promise<unknown> }> {
    const placing = await Promise.all(generators(options).map(run))
    return { placed: Promise.all(placing.map(ended)) }
  }

  /** Shows what happens to the orders, until the time has come. */
  async function watch({ until }: { until: 'stopped' | 'all ended' | Promise<unknown> }): Promise<void> {
    const database = orders()
    const table = createTable()
    let over = false
    if (until instanceof Promise)
      void until.then(
        () => (over = true),
        () => (over = true),
      )
    let changed = { at: Date.now(), text: '' }
    try {
      while (!over) {
        const numbers = await alive(readNumbers(database, startedAt))
        table.show(numbers)
        const text = JSON.stringify(numbers.byStatus)
        if (text !== changed.text) changed = { at: Date.now(), text }
        if (until === 'all ended' && numbers.open === 0) return
        if (until === 'all ended' && Date.now() - changed.at > patience) throw await unended(database)
        await alive(sleep(1_000))
      }
    } finally {
      table.done()
      await database.close()
    }
  }

  async function unended(database: ReturnType<typeof orders>): Promise<Trouble> {
    const rows = await openOrders(database, startedAt)
    const lines = rows.map(
      (row) => `  ${row.order_id} ${row.status} ${row.stuck_step ?? ''} ${row.stuck_error ?? ''}`,
    )
    return new Trouble(
      `nothing has changed for ${patience / 1000} s, and these orders are open:\n${lines.join('\n')}`,
    )
  }

  /** Sums up and runs the audit; its exit code is ours. */
  async function conclude(): Promise<number> {
    const database = orders()
    const numbers = await readNumbers(database, startedAt)
    await database.close()
    console.log(`\n${summary(numbers)}\n`)
    const child = spawn(process.execPath, ['cli/main.ts', 'audit'], {
      stdio: 'inherit',
      env: { ...process.env, ...environment },
    })
    return new Promise((done) => child.on('exit', (code) => done(code ?? 1)))
  }

  /** Who places orders stops first, the servers last. */
  async function stop(): Promise<void> {
    const isService = ({ name }: Child) => services.some((service) => service.name === name)
    await Promise.all(
      processes.filter((child) => !isService(child)).map((child) => child.stop({ within: 3_000 })),
    )
    await Promise.all(processes.filter(isService).map((child) => child.stop({ within: 6_000 })))
    await servers?.stop()
  }

  const whereToClick = (uiUrl: string | undefined) => `
  API and its docs   ${environment.GATEWAY_URL}/docs
  Temporal Web UI    ${uiUrl ?? `of ${environment.TEMPORAL_ADDRESS}`}
  An order           npx order-saga orders list, then npx order-saga orders show <id>
  Logs               .stack/logs, or npx order-saga logs --order <id>
  Ctrl-C stops everything.
`

  return { start, place, watch, conclude, stop }
}

async function ended(child: Child): Promise<void> {
  const how = await child.exited
  if (how !== 'exit code 0') throw new Trouble(`${child.name} failed (${how}):\n${await child.logTail()}`)
}

/** A process must not find the addresses of databases that are not its own. */
const withoutDatabases = (own: Record<string, string>): Record<string, undefined> =>
  Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => name.endsWith('_DATABASE_URL') && !(name in own))
      .map((name) => [name, undefined]),
  )
