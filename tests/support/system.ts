import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createClient } from 'redis'
import { type Database, openDatabase } from '#platform/database.ts'
import { testServer, until } from '#platform/testing.ts'
import type { Summary } from '#simulators/generator/summary.ts'
import { type Child, startChild } from '#stack/children.ts'
import { type Owner, owners } from '#stack/databases.ts'
import { freePorts } from '#stack/ports.ts'
import { environmentFor, environmentOf, seeding, services } from '#stack/processes.ts'
import { cloneDatabase } from './servers.ts'
import { ownNamespace } from './temporal.ts'

const run = promisify(execFile)

/** A courier in a hurry, who loses nothing unless told to. */
const pace = {
  ORDER_DECISION_TIMEOUT: '3s',
  COURIER_STEP: '150ms',
  COURIER_PER_1000_KM: '20ms',
  LOG_LEVEL: 'info',
}

type Answer<T> = { status: number; headers: Headers; body: T }

/** The whole system as its processes, on databases and a namespace of its own. */
export async function startSystem(overrides: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'order-saga-system-'))
  const clones = await Promise.all(owners.map(async (owner) => [owner, await cloneDatabase(owner)] as const))
  const urls = Object.fromEntries(clones.map(([owner, { url }]) => [owner, url])) as Record<Owner, string>
  const addresses = {
    databaseUrls: urls,
    auditUrls: urls,
    kafkaBrokers: testServer('TEST_KAFKA_BROKERS'),
    temporalAddress: testServer('TEST_TEMPORAL_ADDRESS'),
    redisUrl: await emptyRedis(),
  }
  const environment: Record<string, string> = {
    ...environmentFor(addresses, await freePorts()),
    ...pace,
    ...overrides,
    TEMPORAL_NAMESPACE: await ownNamespace(addresses.temporalAddress),
  }
  const running = new Map<string, Child>()
  const databases = Object.fromEntries(
    owners.map((owner) => [owner, openDatabase(urls[owner], { max: 2 })]),
  ) as Record<Owner, Database>

  async function start(name: string): Promise<void> {
    const spec = services.find((service) => service.name === name)
    assert.ok(spec, `no process ${name}`)
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

  async function rest<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const answer = await fetch(`${environment.GATEWAY_URL}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as T }
  }

  /** Runs a command of the project to its end. Throws when its exit code is not 0. */
  const command = (file: string, args: string[]) =>
    run(process.execPath, [file, ...args], { env: { ...process.env, ...environment }, maxBuffer: 64e6 })

  const system = {
    environment,
    databases,
    start,
    rest,
    command,
    spawn,
    pidOf: (name: string) => running.get(name)?.pid,
    /** SIGKILL: no chance to clean up. */
    async kill(name: string): Promise<void> {
      const child = running.get(name)
      assert.ok(child, `${name} was started`)
      assert.ok(child.alive(), `${name} runs`)
      await child.stop({ signal: 'SIGKILL' })
    },
    /** Places orders and follows each to its end. */
    async generate(...args: string[]): Promise<Summary> {
      const all = ['--no-register', '--wait', '--json', '--patience', '60s', ...args]
      const { stdout } = await command('simulators/generator/main.ts', all)
      return JSON.parse(stdout) as Summary
    },
    /** Throws, with what the audit printed, when the books are not right. */
    async audit(): Promise<void> {
      await command('cli/main.ts', ['audit']).catch((error: { stdout: string; stderr: string }) => {
        assert.fail(`the audit found something:\n${error.stdout}${error.stderr}`)
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
      await Promise.all(Object.values(databases).map((database) => database.close()))
      await Promise.all(clones.map(([, clone]) => clone.drop()))
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
    await command(seeding.entry, seeding.args ?? [])
    return system
  } catch (error) {
    for (const child of running.values()) console.error(child.name, await child.logTail())
    await system.stop()
    throw error
  }
}

/** Kept answers belong to the databases they came from: an Idempotency-Key must not find those of an earlier system. */
async function emptyRedis(): Promise<string> {
  const url = `${testServer('TEST_REDIS_URL')}/9`
  const client = createClient({ url })
  await client.connect()
  await client.flushDb()
  client.destroy()
  return url
}

export type System = Awaited<ReturnType<typeof startSystem>>
