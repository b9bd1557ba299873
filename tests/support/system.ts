import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createClient } from 'redis'
import { byOwner, type DatabaseOwner, databaseOwners, databasesOf } from '#contracts/services.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { ensure, fail } from '#platform/testing/expect.ts'
import { testServer, until } from '#platform/testing/fixtures.ts'
import type { Summary } from '#simulators/generator/report/summary.ts'
import { type Child, startChild } from '#stack/processes/children.ts'
import {
  discoveryShards,
  environmentFor,
  environmentOf,
  seeding,
  services,
  staffUser,
} from '#stack/processes/processes.ts'
import { freePorts } from '#stack/servers/ports.ts'
import { loopbacks } from '#stack/servers/postgres.ts'
import { newSecrets } from '#stack/servers/secrets.ts'
import { cloneDatabase, type TestDatabase } from './servers.ts'
import { ownNamespace } from './temporal.ts'
import { takeTurn } from './turn.ts'

const run = promisify(execFile)

/** A courier in a hurry, who loses nothing unless told to. */
const pace = {
  ORDER_DECISION_TIMEOUT: '3s',
  COURIER_STEP: '150ms',
  COURIER_PER_1000_KM: '20ms',
  // Tests ask again and again until something is so.
  RATE_LIMIT: '0',
  LOG_LEVEL: 'info',
}

type Answer<T> = { status: number; headers: Headers; body: T }

/** The whole system as its processes, on databases and a namespace of its own. */
export async function startSystem(overrides: Record<string, string> = {}): Promise<System> {
  const endTurn = await takeTurn()
  try {
    const system = await startProcesses(overrides)
    return { ...system, stop: () => system.stop().finally(endTurn) }
  } catch (error) {
    await endTurn()
    throw error
  }
}

async function startProcesses(overrides: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'order-saga-system-'))
  const clones = await cloneDatabases()
  const urls = byOwner((owner) => clones[owner].map(({ url }) => url))
  const addresses = {
    databaseUrls: byOwner((owner) => urls[owner][0] ?? ''),
    auditUrls: byOwner((owner) => urls[owner].join()),
    discoveryShards: sharded
      .map((owner) => discoveryShards(owner, clones[owner].map(nameOf), reachable(urls[owner][0])))
      .join(';'),
    kafkaBrokers: testServer('TEST_KAFKA_BROKERS'),
    temporalAddress: testServer('TEST_TEMPORAL_ADDRESS'),
    redisUrl: await emptyRedis(),
  }
  const environment: Record<string, string> = {
    ...environmentFor(addresses, await freePorts(), newSecrets()),
    ...pace,
    ...overrides,
    TEMPORAL_NAMESPACE: await ownNamespace(addresses.temporalAddress),
  }
  const running = new Map<string, Child>()
  /** All of a service's, in the order of their shards. */
  const databases = byOwner((owner) => urls[owner].map((url): Database => openDatabase(url, { max: 2 })))
  let staffToken = ''

  async function start(name: string): Promise<void> {
    const spec = services.find((service) => service.name === name)
    ensure(spec, `no process ${name}`)
    running.set(name, await spawn(name, spec.entry, environmentOf(name, environment)))
  }

  const spawn = (name: string, entry: string, env: Record<string, string>, args: string[] = []) =>
    startChild({
      name,
      command: process.execPath,
      args: [entry, ...args],
      logFolder: folder,
      env: { PATH: process.env.PATH, ...env },
    })

  /** As staff, unless the headers name another token. */
  async function rest<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const answer = await fetch(`${environment.GATEWAY_URL}${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${staffToken}`, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      body: (text ? JSON.parse(text) : undefined) as T,
    }
  }

  /** The token of a user, for the header `authorization`. */
  async function signIn(userName = staffUser, password = environment.STAFF_PASSWORD): Promise<string> {
    const { status, body } = await rest<{ accessToken: string }>('POST', '/v1/auth/token', {
      userName,
      password,
    })
    ensure(status === 200, `${userName} does not sign in: ${status}`)
    return body.accessToken
  }

  /** Runs a command of the project to its end. Throws when its exit code is not 0. */
  const command = (file: string, args: string[]) =>
    run(process.execPath, [file, ...args], { env: { ...process.env, ...environment }, maxBuffer: 64e6 })

  async function generated(...args: string[]): Promise<Summary> {
    const all = ['--wait', '--json', '--patience', '60s', ...args]
    const { stdout } = await command('simulators/generator/main.ts', all)
    return JSON.parse(stdout) as Summary
  }

  const system = {
    environment,
    databases,
    start,
    rest,
    signIn,
    /** The headers with which `rest` asks in the name of a demo customer. */
    customer: async (customerId: string) => ({
      authorization: `Bearer ${await signIn(customerId, environment.DEMO_PASSWORD)}`,
    }),
    command,
    spawn,
    pidOf: (name: string) => running.get(name)?.pid,
    /** SIGKILL: no chance to clean up. */
    async kill(name: string): Promise<void> {
      const child = running.get(name)
      ensure(child, `${name} was started`)
      ensure(child.alive(), `${name} runs`)
      await child.stop({ signal: 'SIGKILL' })
    },
    /** Places orders and follows each to its end. */
    generate: (...args: string[]): Promise<Summary> => generated('--no-register', ...args),
    /** Makes known what the log names, places its orders, and follows each to its end. */
    replay: (file: string): Promise<Summary> => generated('--file', file, '--speed', 'max'),
    /** Throws, with what the audit printed, when the books are not right. */
    async audit(): Promise<void> {
      await command('cli/main.ts', ['audit']).catch((error: { stdout: string; stderr: string }) => {
        fail(`the audit found something:\n${error.stdout}${error.stderr}`)
      })
    },
    endOf: (orderId: string) =>
      until(
        `${orderId} has ended`,
        async () => {
          const { body } = await rest<{ status: string }>('GET', `/v1/orders/${orderId}`)
          return ['completed', 'cancelled'].includes(body.status)
        },
        30_000,
      ),
    async stop(): Promise<void> {
      await Promise.all([...running.values()].map((child) => child.stop()))
      await Promise.all(Object.values(databases).flatMap((all) => all.map((database) => database.close())))
      await Promise.all(Object.values(clones).flatMap((all) => all.map((clone) => clone.drop())))
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await Promise.all(services.map(({ name }) => start(name)))
    await until(
      'the gateway is ready',
      async () => (await rest('GET', '/ready').catch(() => ({ status: 0 }))).status === 200,
      60_000,
    )
    staffToken = await signIn()
    await command(seeding.entry, seeding.args ?? [])
    return system
  } catch (error) {
    for (const child of running.values()) console.error(child.name, await child.logTail())
    await system.stop()
    throw error
  }
}

const sharded = databaseOwners.filter((owner) => databasesOf(owner).length > 1)

async function cloneDatabases(): Promise<Record<DatabaseOwner, TestDatabase[]>> {
  const all = databaseOwners.map(
    async (owner) => [owner, await Promise.all(databasesOf(owner).map(() => cloneDatabase(owner)))] as const,
  )
  return Object.fromEntries(await Promise.all(all)) as Record<DatabaseOwner, TestDatabase[]>
}

const nameOf = ({ url }: TestDatabase) => new URL(url).pathname.slice(1)
const reachable = (url = '') => loopbacks.map((host) => `${host}:${new URL(url).port}`)

/** Kept answers belong to the databases they came from: an Idempotency-Key must not find those of an earlier system. */
async function emptyRedis(): Promise<string> {
  const url = `${testServer('TEST_REDIS_URL')}/9`
  const client = createClient({ url })
  await client.connect()
  await client.flushDb()
  client.destroy()
  return url
}

export type System = Awaited<ReturnType<typeof startProcesses>>
