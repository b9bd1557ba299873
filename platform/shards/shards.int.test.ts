import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { ensure, fail } from '#platform/testing/expect.ts'
import { BUCKETS, bucketOf } from '../ids.ts'
import { type Database, openDatabase } from '../postgres/database.ts'
import { createLogger } from '../process/logger.ts'
import { createTestDatabase, silent, type TestDatabase, until } from '../testing/fixtures.ts'
import { type Proxy, startProxy } from '../testing/proxy.ts'
import { createTeller } from '../testing/teller.ts'
import {
  askEach,
  openShards,
  type ShardAddress,
  type Shards,
  ShardUnavailable,
  type WatchShards,
} from './shards.ts'

const databases: TestDatabase[] = []
let stopLater: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  for (let n = 0; n < 2; n++) databases.push(await createTestDatabase('shard'))
})
afterAll(() => Promise.all(databases.map((database) => database.drop())))
afterEach(async () => {
  for (const stop of stopLater.toReversed()) await stop()
  stopLater = []
})

type Place = { host: string; port: number }
const server = () => {
  const { hostname, port } = new URL(databases[0]?.url ?? '')
  return { host: hostname, port: Number(port) }
}
const nameOf = ({ url }: TestDatabase) => new URL(url).pathname.slice(1)

/** The two databases, half of the buckets each. */
const mapAt = (...places: Place[]): ShardAddress[] =>
  databases.map((database, n) => ({
    name: nameOf(database),
    ...(places[n] ?? places[0] ?? server()),
    firstBucket: (n * BUCKETS) / 2,
    lastBucket: ((n + 1) * BUCKETS) / 2 - 1,
  }))

type Given = Partial<Parameters<typeof openShards>[0]>

async function open(given: Given): Promise<Shards> {
  const { signal } = new AbortController()
  const shards = await openShards({
    url: databases[0]?.url ?? '',
    applicationName: 'sharded',
    prepare: async () => {},
    logger: silent,
    signal,
    ...given,
  })
  stopLater.push(() => shards.close())
  return shards
}

async function proxy(): Promise<Proxy> {
  const started = await startProxy(server())
  stopLater.push(() => started.cut())
  return started
}

/** The lines that a logger was told. */
function listeningLogger() {
  const lines: { level: string; msg: string }[] = []
  const write = (line: string) => lines.push(JSON.parse(line))
  const said = (level: string, words: RegExp) =>
    lines.filter((line) => line.level === level && words.test(line.msg)).length
  return { logger: createLogger({ process: 'test', destination: { write } }), said }
}

async function value(database: Database, sql: string): Promise<unknown> {
  const [row] = await database.query<{ value: unknown }>(`select ${sql} as value`)
  return row?.value
}
const whereIs = (database: Database) => value(database, 'host(inet_server_addr())')

test('without discovery all buckets are in the one database', async () => {
  const prepared: string[] = []
  const url = databases[1]?.url ?? ''
  const shards = await open({ url, prepare: async (at) => void prepared.push(at) })
  const [only] = shards.all()
  expect(shards.all().length).toBe(1)
  expect(prepared).toStrictEqual([url])
  expect([0, 17, 4095].every((bucket) => shards.ofBucket(bucket) === only?.database)).toBeTruthy()
  expect(() => shards.ofBucket(4096)).toThrow(/no bucket 4096/)
})

test('a bucket and a key lead to the database that has them, which was prepared once', async () => {
  const prepared: string[] = []
  const teller = createTeller(mapAt())
  const shards = await open({ watch: teller.watch, prepare: async (at) => void prepared.push(at) })
  const names = databases.map(nameOf)
  expect(shards.all().map(({ name }) => name)).toStrictEqual(names)
  expect(prepared.map((at) => new URL(at).pathname.slice(1)).toSorted()).toStrictEqual(names.toSorted())
  for (const [bucket, name] of [[0, 0] as const, [2047, 0] as const, [2048, 1] as const, [4095, 1] as const])
    expect(await value(shards.ofBucket(bucket), 'current_database()')).toBe(names[name])
  for (const key of ['17850', 'Zoë', '']) expect(shards.ofKey(key)).toBe(shards.ofBucket(bucketOf(key)))
  expect(() => shards.ofBucket(-1)).toThrow(/no bucket -1/)
})

test('waits for discovery and for a map that is whole, and says so', async () => {
  const { logger, said } = listeningLogger()
  const teller = createTeller([])
  teller.goAway()
  const opening = open({ watch: teller.watch, logger })
  await until('it waits for discovery', () => said('warn', /^waiting for discovery: connection refused$/))
  teller.tell(mapAt().slice(1))
  teller.tell(mapAt())
  const shards = await opening
  expect(await value(shards.ofBucket(0), '1')).toBe(1)
})

const isAway = (database: Database) =>
  database.query('select 1').then(
    () => false,
    (error: unknown) => error instanceof ShardUnavailable,
  )

for (const [how, take] of [
  ['refuses', (line: Proxy) => line.cut()],
  ['says nothing', async (line: Proxy) => line.freeze()],
] as const)
  test(`starts though a shard ${how}, whose own are told so at once, and opens it when it comes`, async () => {
    const { logger, said } = listeningLogger()
    const [line, next] = [await proxy(), await proxy()]
    await take(line)
    const prepared: string[] = []
    const teller = createTeller(mapAt(server(), line))
    const shards = await open({
      watch: teller.watch,
      logger,
      prepare: async (url, { name }) => {
        const database = openDatabase(url)
        await database.query('select 1').finally(() => database.close())
        prepared.push(name)
      },
    })
    const names = databases.map(nameOf)
    expect(await value(shards.ofBucket(0), '1')).toBe(1)
    const began = Date.now()
    const asking = shards.ofBucket(4095).query('select 1')
    await expect(asking).rejects.toMatchObject({
      name: 'ShardUnavailable',
      message: expect.stringMatching(new RegExp(`^${names[1]} is unavailable: `)),
    })
    expect(Date.now() - began).toBeLessThan(500)
    expect(prepared).toStrictEqual([names[0]])
    expect(said('warn', new RegExp(`^waiting for ${names[1]}: `))).toBeTruthy()
    const { answers, missing } = await askEach(shards.all(), (database) =>
      value(database, 'current_database()'),
    )
    expect([answers, missing.map(({ shard }) => shard)]).toStrictEqual([[names[0]], [names[1]]])
    teller.tell(mapAt(server(), next))
    await until('it is open', async () => !(await isAway(shards.ofBucket(4095))))
    expect(prepared).toStrictEqual(names)
  })

test('a shard that goes silent under load is closed, whoever waits is told, and it opens again', async () => {
  const line = await proxy()
  const teller = createTeller(mapAt(server(), line))
  const shards = await open({ watch: teller.watch })
  const lasting = Array.from({ length: 15 }, () => shards.ofBucket(4095).query('select pg_sleep(9)'))
  const ends = Promise.all(lasting.map((one) => expect(one).rejects.toThrow()))
  line.freeze()
  await ends
  await until('it is closed', () => isAway(shards.ofBucket(4095)))
  expect(await value(shards.ofBucket(0), '1')).toBe(1)
  line.thaw()
  await until('it is open', async () => !(await isAway(shards.ofBucket(4095))))
})

test('a connection that is lost now and then closes nothing', async () => {
  const { logger, said } = listeningLogger()
  const shards = await open({ watch: createTeller(mapAt()).watch, logger, applicationName: 'lossy' })
  const lasting = shards.all().map(({ database }) => database.query('select pg_sleep(3)'))
  const asked = `application_name = 'lossy' and query = 'select 1' and state = 'idle'`
  for (let times = 1; times <= 3; times++) {
    await until('each was asked, and has heard the answer', async () => {
      const rows = await databases[1]?.database.query(
        `select 1 from pg_stat_activity where ${asked} and state_change < now() - interval '0.2 s'`,
      )
      return rows?.length === 2
    })
    await databases[1]?.database.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where ${asked}`,
    )
  }
  await Promise.all(lasting)
  expect(said('warn', /./)).toBe(0)
})

test('nor does one that is lost with a question in the air, when there was an answer since the last one', async () => {
  const line = await proxy()
  const shards = await open({ watch: createTeller(mapAt(server(), line)).watch })
  const loseWhileAsked = async () => {
    await until('it is connected', () => line.connections() === 1)
    // It asks every second.
    await sleep(800)
    line.freeze()
    await sleep(1_200)
    line.thaw()
  }
  await loseWhileAsked()
  await loseWhileAsked()
  await shards.ofBucket(4095).query('select pg_sleep(1)')
})

test('throws when every shard is away', async () => {
  const line = await proxy()
  await line.cut()
  const shards = await open({ watch: createTeller(mapAt(line, line)).watch })
  await expect(askEach(shards.all(), (database) => database.query('select 1'))).rejects.toThrow(
    ShardUnavailable,
  )
})

test('gives up waiting when it is asked to stop', async () => {
  const silence: WatchShards = async function* (signal) {
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    yield { version: 1, shards: [] }
  }
  for (const watch of [createTeller([]).watch, silence]) {
    const stopping = new AbortController()
    const opening = open({ watch, signal: stopping.signal })
    stopping.abort(new Error('asked to stop'))
    await expect(opening).rejects.toThrow()
  }
})

test('closes what it opened when the preparation fails', async () => {
  const teller = createTeller(mapAt())
  const failing = open({ watch: teller.watch, prepare: () => Promise.reject(new Error('bad migration')) })
  await expect(failing).rejects.toThrow(/^bad migration$/)
  await until('nobody subscribes', () => teller.subscribers() === 0)
})

/** Keeps everything busy that a database is asked for, and counts what fails. */
function startLoad(shards: Shards) {
  const faults: unknown[] = []
  const done = { queries: 0, transactions: 0, long: 0 }
  const heard = shards.all().map(() => 0)
  let slowest = 0
  const over = new AbortController()
  const listeners = shards.all().map(({ database }, n) =>
    database.listen('bell', {
      onNotification: () => {
        heard[n] = (heard[n] ?? 0) + 1
      },
      onFault: () => {},
    }),
  )
  const again = async (kind: keyof typeof done, work: (database: Database) => Promise<unknown>) => {
    for (let n = 0; !over.signal.aborted; n++) {
      const { database } = shards.all()[n % 2] ?? fail('there are two')
      const began = Date.now()
      await work(database).then(
        () => done[kind]++,
        (error: unknown) => faults.push(error),
      )
      slowest = Math.max(slowest, Date.now() - began)
    }
  }
  const insert = `insert into kept (kind) values ($1)`
  const lasting = (kind: string, seconds: number) => (database: Database) =>
    database.transaction(async (tx) => {
      await tx.query(insert, [kind])
      await tx.query('select pg_sleep($1)', [seconds])
      await tx.query(insert, [kind])
    })
  // More of them than a pool has connections: some always wait for their turn.
  const workers = [
    ...Array.from({ length: 30 }, () => again('queries', (database) => database.query(insert, ['queries']))),
    ...Array.from({ length: 12 }, () => again('transactions', lasting('transactions', 0.005))),
    ...Array.from({ length: 6 }, () => again('long', lasting('long', 0.7))),
  ]
  return {
    faults,
    done,
    heard,
    slowest: () => slowest,
    ring: () => Promise.all(shards.all().map(({ database }) => database.query(`notify bell`))),
    async stop() {
      over.abort()
      await Promise.all([...workers, ...listeners.map((listener) => listener.stop())])
    },
  }
}

const createTable = `drop table if exists kept; create table kept (kind text not null)`

async function loadedShards(given: Given) {
  for (const { database } of databases) await database.query(createTable)
  const shards = await open(given)
  const load = startLoad(shards)
  stopLater.push(() => load.stop())
  await until('everybody listens', () => load.heard.every((times) => times > 0))
  return { shards, load }
}

/** Nothing failed, and everything that was said to be done is there, once. */
async function assertNothingLost(load: ReturnType<typeof startLoad>): Promise<void> {
  await load.stop()
  expect(load.faults).toStrictEqual([])
  expect(Object.values(load.done).every((times) => times > 0)).toBeTruthy()
  // Who is forgotten in the queue of a pool gets his connection elsewhere, but only after 5 s.
  expect(load.slowest()).toBeLessThan(4_000)
  const kept = await Promise.all(
    databases.map(({ database }) =>
      database.query<{ kind: string; times: number }>(
        'select kind, count(*) as times from kept group by kind',
      ),
    ),
  )
  const times = (wanted: string) =>
    kept.flat().reduce((sum, row) => sum + (row.kind === wanted ? row.times : 0), 0)
  const { queries, transactions, long } = load.done
  expect([times('queries'), times('transactions'), times('long')]).toStrictEqual([
    queries,
    transactions * 2,
    long * 2,
  ])
}

async function assertHears(load: ReturnType<typeof startLoad>): Promise<void> {
  const before = [...load.heard]
  await until('every listener hears', async () => {
    await load.ring()
    return load.heard.every((times, n) => times > (before[n] ?? 0))
  })
}

test('moves ten times under load between the addresses of a server, and nothing fails', async () => {
  const { port } = server()
  const hosts = ['127.0.0.1', '127.0.0.2', '127.0.0.3']
  const at = (n: number) => ({ host: hosts[n % 3] ?? '', port })
  const teller = createTeller(mapAt(at(0)))
  const { shards, load } = await loadedShards({ watch: teller.watch })
  const before = shards.all().map(({ database }) => database)
  for (let move = 1; move <= 10; move++) {
    // First one, then both.
    teller.tell(mapAt(at(move), at(move - 1)))
    teller.tell(mapAt(at(move)))
    await until(`both have moved to ${at(move).host}`, async () => {
      const places = await Promise.all(shards.all().map(({ database }) => whereIs(database)))
      return places.every((place) => place === at(move).host)
    })
  }
  await assertHears(load)
  await assertNothingLost(load)
  expect(shards.all().map(({ database }) => database)).toStrictEqual(before)
})

test('moves ten times though every address it left is cut off two seconds later, and nothing fails', async () => {
  let current = await proxy()
  const teller = createTeller(mapAt(current))
  const { load } = await loadedShards({ watch: teller.watch })
  const cuts: Promise<void>[] = []
  for (let move = 1; move <= 10; move++) {
    const old = current
    current = await proxy()
    teller.tell(mapAt(current))
    cuts.push(sleep(2_000).then(() => old.cut()))
    await until('the new address is used', () => current.connections() > 4)
    await sleep(Math.random() * 500)
  }
  await Promise.all(cuts)
  await assertHears(load)
  await assertNothingLost(load)
})

test('who waits for a connection when its address is cut off gets one at the new address', async () => {
  const { logger, said } = listeningLogger()
  const [old, next] = [await proxy(), await proxy()]
  const teller = createTeller(mapAt(old))
  const shards = await open({ watch: teller.watch, logger })
  const database = shards.ofBucket(0)
  const holding = Array.from({ length: 10 }, () => database.query('select pg_sleep(8)'))
  const waiting = database.query('select 1 as one')
  for (const held of holding) held.catch(() => {})
  await until('all connections are busy', async () => {
    const busy = `select 1 from pg_stat_activity where query = 'select pg_sleep(8)' and datname = current_database()`
    return (await databases[0]?.database.query(busy))?.length === 10
  })
  teller.tell(mapAt(next))
  await until('both have moved', () => said('info', /has moved to/) === 2)
  await old.cut()
  expect(await waiting).toStrictEqual([{ one: 1 }])
  await Promise.all(holding.map((held) => expect(held).rejects.toThrow()))
})

test('stays where it is while the new address does not answer, and goes on to the next one told', async () => {
  const { logger, said } = listeningLogger()
  const [old, dead, next] = [await proxy(), await proxy(), await proxy()]
  await dead.cut()
  const teller = createTeller(mapAt(old))
  const shards = await open({ watch: teller.watch, logger })
  teller.tell(mapAt(dead))
  await until('it tries', () => said('warn', /^waiting for shard_\w+ at 127.0.0.1:\d+: .*ECONNREFUSED/) === 2)
  expect(await value(shards.ofBucket(0), '1')).toBe(1)
  teller.tell(mapAt(next))
  await until('both have moved', () => said('info', /has moved to/) === 2)
  await old.cut()
  expect(await value(shards.ofBucket(4095), '1')).toBe(1)
})

test('goes on without discovery, says so once, and takes the map that comes when it is back', async () => {
  const { logger, said } = listeningLogger()
  const [old, next] = [await proxy(), await proxy()]
  const teller = createTeller(mapAt(old))
  const shards = await open({ watch: teller.watch, logger })
  teller.goAway()
  await until('it has noticed', () => said('warn', /^lost discovery/) === 1)
  expect(await value(shards.ofBucket(0), '1')).toBe(1)
  const before = teller.asked()
  await until('it has asked again and again', () => teller.asked() >= before + 3)
  teller.tell(mapAt(next))
  await until('both have moved', () => said('info', /has moved to/) === 2)
  await old.cut()
  expect(await value(shards.ofBucket(0), '1')).toBe(1)
  expect([said('warn', /./), said('info', /^discovery is back$/)]).toStrictEqual([1, 1])
})

test('refuses a map with other shards, other buckets or a gap, and goes on with the one before', async () => {
  const { logger, said } = listeningLogger()
  const [old, next] = [await proxy(), await proxy()]
  const teller = createTeller(mapAt(old))
  const shards = await open({ watch: teller.watch, logger })
  const [a, b] = mapAt(next)
  ensure(a && b)
  const wrong = [
    [a],
    [{ ...a, lastBucket: 4095 }],
    [{ ...a, name: 'other' }, b],
    [
      { ...a, lastBucket: 99 },
      { ...b, firstBucket: 100 },
    ],
  ]
  for (const [n, map] of wrong.entries()) {
    teller.tell(map)
    await until('it is refused', () => said('error', /^refused a map of the shards: /) === n + 1)
  }
  expect(next.connections()).toBe(0)
  expect(await value(shards.ofBucket(0), '1')).toBe(1)
  teller.tell([a, b])
  await until('both have moved', () => said('info', /has moved to/) === 2)
})

test('closing ends the subscription, and every connection there was', async () => {
  const [old, next] = [await proxy(), await proxy()]
  const teller = createTeller(mapAt(old))
  const { logger, said } = listeningLogger()
  const shards = await open({ watch: teller.watch, logger })
  const lasting = shards.ofBucket(0).query('select pg_sleep(0.5)')
  teller.tell(mapAt(next))
  await until('both have moved', () => said('info', /has moved to/) === 2)
  await shards.close()
  await lasting
  await until('all is closed', () => old.connections() + next.connections() + teller.subscribers() === 0)
  await expect(shards.ofBucket(0).query('select 1')).rejects.toThrow(/closed/)
})
