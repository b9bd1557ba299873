// How long millions of old outbox and inbox rows take to be cleaned away, and what that does to the relay meanwhile.
// npm run bench -- cleaning [--rows 2000000] [--every 50ms]
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { newId } from '#platform/ids.ts'
import { connectKafka } from '#platform/kafka/kafka.ts'
import { appendToOutbox, asOutgoing, notifyOutbox } from '#platform/messaging/outbox.ts'
import { startRelay } from '#platform/messaging/relay.ts'
import { startCleaning } from '#platform/postgres/cleaning.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { migrateDatabase } from '#platform/postgres/migrate.ts'
import { parseDuration } from '#platform/process/config.ts'
import { createTestDatabase, randomName, silent, testServer } from '#platform/testing/fixtures.ts'

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '2000000' }, every: { type: 'string', default: '50ms' } },
})
const rows = Number(values.rows)
const every = parseDuration(values.every)
const day = 86_400_000
const forEver = 3_650 * day

const server = await createTestDatabase('cleaning')
await migrateDatabase({ url: server.url, schemaFolder: 'prisma/order' })
const database = openDatabase(server.url, { statementTimeout: 600_000 })
const brokers = testServer('TEST_KAFKA_BROKERS').split(',')
const kafka = connectKafka({ brokers, clientId: 'bench', logger: silent })
const topic = randomName('cleaning')
await kafka.createTopics([{ topic, partitions: 4 }])
const producer = await kafka.producer()

const filling = Date.now()
for (let done = 0; done < rows; done += 200_000) await fill(Math.min(200_000, rows - done))
await database.query('analyze')
console.log(`${rows} old rows in each table, after ${seconds(Date.now() - filling)}; ${await sizes()}`)
console.log(`relay alone: ${inWords(await withRelay(forEver, () => sleep(20_000)))}`)
const took = { outbox: 0, inbox: 0 }
const meanwhile = await withRelay(day, async () => {
  const began = Date.now()
  const inbox = startCleaning({ database, table: 'inbox', keepFor: 10 * day, logger: silent })
  await Promise.all(
    (['outbox', 'inbox'] as const).map(async (table) => {
      while (await anyOld(table)) await sleep(500)
      took[table] = Date.now() - began
    }),
  )
  await inbox.stop()
})
console.log(`relay while both are cleaned: ${inWords(meanwhile)}`)
for (const table of ['outbox', 'inbox'] as const)
  console.log(`${table}: ${seconds(took[table])}, ${Math.round(rows / (took[table] / 1_000))} rows/s`)
console.log(`afterwards ${await sizes()}`)
await producer.stop()
await kafka.deleteTopics([topic])
await database.close()
await server.drop()
process.exit(0)

function fill(count: number): Promise<unknown> {
  return database.transaction(async (tx) => {
    await tx.query(
      `insert into outbox (id, topic, key, type, payload, headers, occurred_at, processed_at)
       select gen_random_uuid(), 't', n::text, 'OrderStatusChanged', decode(repeat('ab', 300), 'hex'),
         '{"traceparent":"00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"}', at, at
       from (select n, now() - interval '30 days' + n * interval '1 second' as at from generate_series(1, $1) as n)`,
      [count],
    )
    await tx.query(
      `insert into inbox (consumer, message_id, processed_at)
       select 'consumer', gen_random_uuid(), now() - interval '30 days' + n * interval '1 second'
       from generate_series(1, $1) as n`,
      [count],
    )
  })
}

async function anyOld(table: string): Promise<boolean> {
  const old = `select 1 from ${table} where processed_at < now() - interval '25 days' limit 1`
  return (await database.query(old)).length > 0
}

/** How long messages took from their commit until the broker had them, while `work` went on. */
async function withRelay(keepFor: number, work: () => Promise<unknown>): Promise<number[]> {
  const committed = new Map<string, number>()
  const latencies: number[] = []
  const relay = startRelay({
    database: openRelayDatabase(),
    keepFor,
    logger: silent,
    publish: async (messages) => {
      await producer.send(messages.map(asOutgoing))
      for (const { id } of messages) latencies.push(performance.now() - (committed.get(id) ?? Number.NaN))
    },
  })
  const over = new AbortController()
  const appending = append(committed, over.signal)
  await work()
  over.abort()
  await appending
  await relay.stop()
  return latencies.toSorted((a, b) => a - b)
}

function openRelayDatabase(): Database {
  return openDatabase(server.url, { applicationName: 'relay' })
}

async function append(committed: Map<string, number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const id = newId()
    const message = { id, topic, key: id, type: 'Happened', payload: new Uint8Array(300), headers: {} }
    committed.set(id, performance.now())
    await database.transaction((tx) => appendToOutbox(tx, [{ ...message, occurredAt: new Date() }]))
    committed.set(id, performance.now())
    notifyOutbox(database)
    await sleep(every, undefined, { signal }).catch(() => {})
  }
}

async function sizes(): Promise<string> {
  const [size] = await database.query<{ outbox: string; inbox: string }>(
    `select pg_size_pretty(pg_total_relation_size('outbox')) as outbox,
       pg_size_pretty(pg_total_relation_size('inbox')) as inbox`,
  )
  return `outbox ${size?.outbox}, inbox ${size?.inbox}`
}

function inWords(latencies: number[]): string {
  const at = (share: number) => `${(latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(0)} ms`
  return `${latencies.length} messages, p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(0.9999)}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
