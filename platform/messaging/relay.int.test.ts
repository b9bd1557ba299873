import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { newId } from '../ids.ts'
import { type Database, openDatabase } from '../postgres/database.ts'
import { createTestDatabase, silent, type TestDatabase, until } from '../testing/fixtures.ts'
import { startProxy } from '../testing/proxy.ts'
import { firstTime } from './inbox.ts'
import {
  appendToOutbox,
  asOutgoing,
  backlogOf,
  commitAndPublish,
  notifyOutbox,
  type OutboxMessage,
} from './outbox.ts'
import { startRelay } from './relay.ts'

const TABLES = `
  create table outbox (
    position bigint generated always as identity primary key, id uuid not null unique,
    topic text not null, key text not null, type text not null, payload bytea not null, headers jsonb not null,
    occurred_at timestamptz not null, processed_at timestamptz);
  create index outbox_waiting on outbox (position) where processed_at is null;
  create table inbox (
    consumer text not null, message_id text not null, processed_at timestamptz not null default now(),
    primary key (consumer, message_id));`

let server: TestDatabase
let stopLater: { stop(): Promise<void> }[] = []

beforeAll(async () => {
  server = await createTestDatabase()
  await server.database.query(TABLES)
})
afterAll(() => server.drop())
beforeEach(() => server.database.query('truncate outbox, inbox'))
afterEach(async () => {
  await Promise.all(stopLater.map((one) => one.stop()))
  stopLater = []
})

type Options = Partial<Parameters<typeof startRelay>[0]>

/** A relay on connections of its own, as in a process of its own. */
function relay(publish: (messages: OutboxMessage[]) => Promise<void>, options: Options = {}) {
  const database = openDatabase(server.url, { max: 2, applicationName: 'relay' })
  const started = startRelay({ database, publish, logger: silent, pollEvery: 10, ...options })
  stopLater.push({ stop: () => started.stop().then(() => database.close()) })
  return started
}

function message(key: string, type = 'Happened'): OutboxMessage {
  const payload = new Uint8Array([1, 2, 3])
  return { id: newId(), topic: 't', key, type, payload, headers: { trace: 'x' }, occurredAt: new Date() }
}

const append = (database: Database, ...messages: OutboxMessage[]) =>
  database.transaction((tx) => appendToOutbox(tx, messages))

async function waiting(): Promise<number> {
  const rows = await server.database.query('select 1 from outbox where processed_at is null')
  return rows.length
}

test('publishes what was appended, as it was appended, and marks it', async () => {
  const sent = [message('a'), message('b')]
  const published: OutboxMessage[] = []
  await append(server.database, ...sent)
  relay(async (messages) => void published.push(...messages))
  await until('all marked', async () => (await waiting()) === 0)
  const onTheWire = (one: OutboxMessage) => ({ ...asOutgoing(one), value: Buffer.from(one.payload) })
  expect(published.map(onTheWire)).toStrictEqual(sent.map(onTheWire))
  expect(published[0]?.occurredAt).toStrictEqual(sent[0]?.occurredAt)
  const kept = await server.database.query(
    'select id, type, length(payload) as bytes from outbox order by position',
  )
  expect(kept).toStrictEqual(sent.map(({ id, type }) => ({ id, type, bytes: 0 })))
})

test('publishes nothing of a transaction that was rolled back', async () => {
  const failing = server.database.transaction(async (tx) => {
    await appendToOutbox(tx, [message('a')])
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow()
  expect(await waiting()).toBe(0)
})

test('keeps the order of each key though two relays run', async () => {
  const published: OutboxMessage[] = []
  const slowly = async (messages: OutboxMessage[]) => {
    await sleep(Math.random() * 5)
    published.push(...messages)
  }
  relay(slowly, { batchSize: 3 })
  relay(slowly, { batchSize: 3 })
  for (let n = 0; n < 40; n++)
    await append(server.database, ...['a', 'b', 'c'].map((key) => message(key, String(n))))
  await until('all marked', async () => (await waiting()) === 0)
  for (const key of ['a', 'b', 'c']) {
    const types = published.filter((one) => one.key === key).map((one) => one.type)
    expect(types).toStrictEqual(Array.from({ length: 40 }, (_, n) => String(n)))
  }
})

test('a second relay takes over when the first one is gone', async () => {
  const first = relay(async () => {})
  await first.stop()
  const published: OutboxMessage[] = []
  relay(async (messages) => void published.push(...messages))
  await append(server.database, message('a'))
  await until('published', () => published.length === 1)
})

test('publishes again after a crash between publish and mark, and the inbox takes it once', async () => {
  const arrivals: string[] = []
  let effects = 0
  const consume = (id: string) =>
    server.database.transaction(async (tx) => {
      arrivals.push(id)
      if (await firstTime(tx, 'counter', id)) effects++
    })
  const killTheRelay = () =>
    server.database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'relay' and datname = current_database()`,
    )
  const sent = message('a')
  await append(server.database, sent)
  relay(async ([first]) => {
    await consume(first?.id ?? '')
    if (arrivals.length === 1) await killTheRelay()
  })
  await until('marked', async () => (await waiting()) === 0)
  expect(arrivals).toStrictEqual([sent.id, sent.id])
  expect(effects).toBe(1)
})

test('no transaction is open while it publishes', async () => {
  const [during, published] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await append(server.database, message('a'))
  relay(async () => {
    during.resolve()
    await published.promise
  })
  await during.promise
  // The cleaner's, which starts together with the relay, is soon over.
  await until('none is open', async () => {
    const open = await server.database.query(
      `select query from pg_stat_activity
       where application_name = 'relay' and datname = current_database() and xact_start is not null`,
    )
    return open.length === 0
  })
  published.resolve()
})

test('a relay that freezes while it publishes is replaced, in order, and marks nothing when it wakes', async () => {
  const { hostname, port } = new URL(server.url)
  const line = await startProxy({ host: hostname, port: Number(port) })
  const url = Object.assign(new URL(server.url), { hostname: line.host, port: String(line.port) }).href
  const [sending, woken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const arrivals: string[] = []
  const arrive = (messages: OutboxMessage[]) => void arrivals.push(...messages.map(({ type }) => type))
  const frozen = openDatabase(url, { applicationName: 'relay' })
  await append(server.database, message('a', '1'))
  const asleep = startRelay({
    database: frozen,
    logger: silent,
    publish: async (messages) => {
      arrive(messages)
      sending.resolve()
      await woken.promise
    },
  })
  await sending.promise
  line.freeze()
  await append(server.database, message('a', '2'))
  relay(async (messages) => {
    expect(await waiting()).toBe(2)
    arrive(messages)
  })
  await until('the other has published', async () => (await waiting()) === 0)
  expect(arrivals).toStrictEqual(['1', '1', '2'])
  await append(server.database, message('b', '3'))
  line.thaw()
  woken.resolve()
  await until('the third is published', async () => (await waiting()) === 0)
  expect(arrivals).toStrictEqual(['1', '1', '2', '3'])
  await asleep.stop()
  await frozen.close()
  await line.cut()
})

test('tries again when publishing fails, and in the old order', async () => {
  const published: string[] = []
  let failures = 0
  await append(server.database, message('a', '1'), message('a', '2'))
  relay(async (messages) => {
    if (failures < 3) {
      failures++
      throw new Error('broker away')
    }
    published.push(...messages.map((one) => one.type))
  })
  await until('first failure', () => failures > 0)
  await append(server.database, message('a', '3'))
  await until('all marked', async () => (await waiting()) === 0)
  expect(failures).toBe(3)
  expect(published).toStrictEqual(['1', '2', '3'])
})

test('wakes at a notification, long before the next poll', async () => {
  const published: OutboxMessage[] = []
  relay(async (messages) => void published.push(...messages), { pollEvery: 3_600_000 })
  await until('it listens', async () => {
    const rows = await server.database.query(
      `select 1 from pg_stat_activity where datname = current_database() and query like 'listen%'`,
    )
    return rows.length === 1
  })
  await commitAndPublish(server.database, (tx) => appendToOutbox(tx, [message('a')]))
  notifyOutbox(server.database)
  await until('published', () => published.length === 1, 5_000)
})

test('deletes what was published long ago and keeps the rest', async () => {
  await append(server.database, message('a'), message('b'), message('c'))
  await server.database.query(`update outbox set processed_at = now() - interval '2 hours' where key = 'a'`)
  relay(async () => {}, { keepFor: 3_600_000 })
  await until('the old one gone', async () => {
    const rows = await server.database.query<{ key: string }>('select key from outbox order by key')
    return rows.map((row) => row.key).join() === 'b,c'
  })
})

test('what waits is told, and since when', async () => {
  const { database } = server
  expect(await backlogOf(database)).toStrictEqual({ waiting: 0, oldestAt: null })
  const [first, second] = [message('a'), message('b')]
  await append(database, first)
  await append(database, second)
  expect(await backlogOf(database)).toStrictEqual({ waiting: 2, oldestAt: first.occurredAt })
  relay(async () => {})
  await until('all are published', async () => (await backlogOf(database)).waiting === 0)
})
