import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { fail } from '#platform/testing/expect.ts'
import { createTestDatabase, type TestDatabase, until } from '../testing/fixtures.ts'
import { startProxy } from '../testing/proxy.ts'
import { openDatabase, type Sql } from './database.ts'

let server: TestDatabase

beforeAll(async () => {
  server = await createTestDatabase()
  await server.database.query('create table counter (name text primary key, value int8 not null)')
  await server.database.query(`insert into counter values ('a', 0), ('b', 0)`)
})
afterAll(() => server.drop())

test('gives numbers, dates, JSON and bytes for what Postgres stores', async () => {
  const [row] = await server.database.query(
    `select 42::int8 as n, '2026-01-02T03:04:05Z'::timestamptz as at, '{"a":[1]}'::jsonb as j, $1::bytea as b`,
    [new Uint8Array([1, 2])],
  )
  expect(row).toStrictEqual({
    n: 42,
    at: new Date('2026-01-02T03:04:05Z'),
    j: { a: [1] },
    b: Buffer.from([1, 2]),
  })
})

test('answers what no number holds as a bigint, inside JSON as well, rather than rounded', async () => {
  const rows = await server.database.query(
    `select n, json_build_object('n', n) as json, jsonb_build_array(-n, 0.5, n::text) as jsonb
     from unnest('{9007199254740991,9007199254740993}'::int8[]) as n`,
  )
  const [most, above] = [Number.MAX_SAFE_INTEGER, 9007199254740993n]
  expect(rows).toStrictEqual([
    { n: most, json: { n: most }, jsonb: [-most, 0.5, String(most)] },
    { n: above, json: { n: above }, jsonb: [-above, 0.5, String(above)] },
  ])
})

test('rolls back everything when the work throws', async () => {
  const work = server.database.transaction(async (tx) => {
    await tx.query(`insert into counter values ('lost', 1)`)
    throw new Error('no')
  })
  await expect(work).rejects.toThrow(/^no$/)
  expect(await server.database.query(`select * from counter where name = 'lost'`)).toStrictEqual([])
})

test('runs a transaction again after a deadlock', async () => {
  const bothHoldOne = Promise.withResolvers<void>()
  let holding = 0
  const add = (first: string, second: string) =>
    server.database.transaction(async (tx) => {
      await tx.query('update counter set value = value + 1 where name = $1', [first])
      if (++holding === 2) bothHoldOne.resolve()
      await bothHoldOne.promise
      await tx.query('update counter set value = value + 1 where name = $1', [second])
    })
  await Promise.all([add('a', 'b'), add('b', 'a')])
  const rows = await server.database.query(`select value from counter where name in ('a', 'b')`)
  expect(rows).toStrictEqual([{ value: 2 }, { value: 2 }])
  expect(holding).toBeGreaterThan(2)
})

test('survives the loss of its connections, inside a transaction and outside', async () => {
  const database = openDatabase(server.url, { max: 1 })
  const pid = async () => (await database.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]?.pid
  const kill = async (backend?: number) => server.database.query('select pg_terminate_backend($1)', [backend])
  await kill(await pid())
  await until('a new connection', () => pid().catch(() => undefined))
  const cut = database.transaction(async (tx) => {
    const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
    await kill(row?.pid)
    await tx.query('select 1')
  })
  await expect(cut).rejects.toThrow()
  await until('a new connection', () => pid().catch(() => undefined))
  await database.close()
})

test('ends a statement that takes longer than it may', async () => {
  const database = openDatabase(server.url, { statementTimeout: 50 })
  await expect(database.query('select pg_sleep(5)')).rejects.toThrow(/statement timeout/)
  await database.close()
})

test('no session holds a lock for long without a word, and none waits for one for long', async () => {
  const settings = [
    'statement_timeout',
    'idle_in_transaction_session_timeout',
    'lock_timeout',
    'tcp_keepalives_idle',
    'tcp_keepalives_interval',
    'tcp_keepalives_count',
    'tcp_user_timeout',
  ]
  const shown = (sql: Sql) =>
    sql.query(`select ${settings.map((name) => `current_setting('${name}') as ${name}`).join()}`)
  const expected = [
    {
      statement_timeout: '10s',
      idle_in_transaction_session_timeout: '10s',
      lock_timeout: '5s',
      tcp_keepalives_idle: '10',
      tcp_keepalives_interval: '5',
      tcp_keepalives_count: '3',
      tcp_user_timeout: '25000',
    },
  ]
  const { database } = server
  expect(await shown(database)).toStrictEqual(expected)
  expect(await database.transaction(shown)).toStrictEqual(expected)
  expect(await database.session(shown)).toStrictEqual(expected)
})

test('a client that is lost without a word in the middle of a transaction lets go of its locks', async () => {
  const { hostname, port } = new URL(server.url)
  const line = await startProxy({ host: hostname, port: Number(port) })
  const url = Object.assign(new URL(server.url), { hostname: line.host, port: String(line.port) }).href
  const lost = openDatabase(url, { max: 1, statementTimeout: 500 })
  const update = `update counter set value = value + 1 where name = 'a'`
  const holding = lost.transaction(async (tx) => {
    await tx.query(update)
    line.freeze()
    await tx.query('select 1')
  })
  holding.catch(() => {})
  await until('the lock is free', () => server.database.query(`${update} returning 1`).catch(() => undefined))
  // Nor does the client wait for ever for an answer.
  await expect(holding).rejects.toThrow(/no answer within/)
  await line.cut()
  await lost.close()
})

test('who waits too long for a lock is told so, and can try again', async () => {
  const impatient = openDatabase(server.url, { statementTimeout: 400 })
  await server.database.transaction(async (tx) => {
    await tx.query(`update counter set value = value + 1 where name = 'a'`)
    const waiting = impatient.query(`update counter set value = value + 1 where name = 'a'`)
    await expect(waiting).rejects.toThrow(/lock timeout/)
  })
  await impatient.query(`update counter set value = value + 1 where name = 'a'`)
  await impatient.close()
})

test('a session keeps its lock while it speaks, and loses it when it is frozen', async () => {
  const { hostname, port } = new URL(server.url)
  const line = await startProxy({ host: hostname, port: Number(port) })
  const url = Object.assign(new URL(server.url), { hostname: line.host, port: String(line.port) }).href
  const frozen = openDatabase(url)
  const lock = 'select pg_try_advisory_lock(42) as mine'
  const over = frozen.session(async (sql, lost) => {
    expect(await sql.query(lock)).toStrictEqual([{ mine: true }])
    line.freeze()
    await until('it is free for others', () =>
      server.database.session(async (other) => (await other.query<{ mine: boolean }>(lock))[0]?.mine),
    )
    line.thaw()
    await until('it hears that it is over', () => lost.aborted)
  })
  await over
  await line.cut()
  await frozen.close()
})

test('hears notifications, also after its connection was lost', async () => {
  const listening = openDatabase(server.url, { applicationName: 'platform-listener' })
  let heard = 0
  const listener = listening.listen('bell', {
    onNotification: () => heard++,
    onFault: (error) => fail(String(error)),
  })
  await until('the first connect', () => heard === 1)
  await server.database.query(`select pg_notify('bell', '')`)
  await until('a notification', () => heard === 2)
  await server.database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'platform-listener' and datname = current_database()`,
  )
  await until('the second connect', () => heard === 3)
  await server.database.query(`select pg_notify('bell', '')`)
  await until('a notification', () => heard === 4)
  await listener.stop()
  await listening.close()
})

test('says why it cannot listen', async () => {
  const away = openDatabase('postgres://nobody@127.0.0.1:1/nowhere')
  const faults: unknown[] = []
  const listener = away.listen('bell', {
    onNotification: () => fail('nothing listens'),
    onFault: (error) => faults.push(error),
  })
  await until('it has failed', () => faults.length > 0)
  await listener.stop()
  await away.close()
  expect(String(faults[0])).toMatch(/ECONNREFUSED/)
})
