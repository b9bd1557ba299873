import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { isOutOfReach, openDatabase } from '#platform/postgres/database.ts'
import { migrateDatabase } from '#platform/postgres/migrate.ts'
import { TooSlow } from '#platform/process/within.ts'
import { satisfying } from '#platform/testing/expect.ts'
import { createTestDatabase, randomName, type TestDatabase } from '#platform/testing/fixtures.ts'
import { startProxy } from '#platform/testing/proxy.ts'
import { type PaymentDatabase, paymentClient } from './database.ts'
import { schemaFolder } from './fixtures.ts'

let server: TestDatabase
let database: PaymentDatabase

beforeAll(async () => {
  server = await createTestDatabase('payment')
  await migrateDatabase({ url: server.url, schemaFolder })
  database = openDatabase(server.url, { client: paymentClient })
})
afterAll(async () => {
  await database.close()
  await server.drop()
})

const newAccount = (balance = 0n) => {
  const customerId = randomName('customer')
  return { accountId: `customer:${customerId}`, customerId, kind: 'customer', currency: 'GBP', balance }
}

test('what the client and SQL say in a transaction is one, and goes with it', async () => {
  const account = newAccount()
  const where = { accountId: account.accountId }
  const work = database.transaction(async (tx) => {
    await tx.prisma.account.create({ data: account })
    const seen = await tx.query('select 1 from accounts where account_id = $1', [account.accountId])
    expect(seen.length).toBe(1)
    // Not part of it.
    expect(await database.prisma.account.findUnique({ where })).toBe(null)
    throw new Error('no')
  })
  await expect(work).rejects.toThrow(/^no$/)
  expect(await database.prisma.account.findUnique({ where })).toBe(null)
})

test("what Postgres refuses by the client's words has Postgres' own code and message", async () => {
  const account = newAccount()
  const create = () => database.prisma.account.create({ data: account })
  await create()
  const refused = {
    databaseCode: '23505',
    message: expect.stringMatching(/^duplicate key value violates unique constraint "accounts_pkey"$/),
  }
  await expect(create).rejects.toMatchObject(refused)
  const inTransaction = database.transaction((tx) => tx.prisma.account.create({ data: account }))
  await expect(inTransaction).rejects.toMatchObject(refused)
})

test('runs a transaction again after a deadlock of what the client said', async () => {
  const [one, two] = [newAccount(), newAccount()]
  await database.prisma.account.createMany({ data: [one, two] })
  const bothHoldOne = Promise.withResolvers<void>()
  let holding = 0
  const add = (first: string, second: string) =>
    database.transaction(async ({ prisma }) => {
      const data = { balance: { increment: 1 } }
      await prisma.account.update({ where: { accountId: first }, data })
      if (++holding === 2) bothHoldOne.resolve()
      await bothHoldOne.promise
      await prisma.account.update({ where: { accountId: second }, data })
    })
  await Promise.all([add(one.accountId, two.accountId), add(two.accountId, one.accountId)])
  const where = { accountId: { in: [one.accountId, two.accountId] } }
  const rows = await database.prisma.account.findMany({ where, select: { balance: true } })
  expect(rows).toStrictEqual([{ balance: 2n }, { balance: 2n }])
  expect(holding).toBeGreaterThan(2)
})

test('times keep their zone and int8 each of its digits, whatever the zone of the session', async () => {
  const account = { ...newAccount(9007199254740993n), createdAt: new Date('2026-07-01T12:00:00.123Z') }
  await database.transaction(async ({ prisma }) => {
    await prisma.$executeRaw`set local time zone 'Asia/Kolkata'`
    await prisma.account.create({ data: account })
    const { accountId } = account
    expect(await prisma.account.findUnique({ where: { accountId } })).toStrictEqual(account)
    const raw = await prisma.$queryRaw`
      select balance, created_at as "createdAt" from accounts where created_at = ${account.createdAt}::timestamptz`
    expect(raw).toStrictEqual([{ balance: account.balance, createdAt: account.createdAt }])
  })
})

test('the client goes where the database goes, and what it has in hand ends where it began', async () => {
  const moving = openDatabase(server.url, { client: paymentClient })
  const account = newAccount()
  const next = Object.assign(new URL(server.url), { search: '?application_name=elsewhere' }).href
  const at = `select current_setting('application_name') as at`
  await moving.transaction(async (tx) => {
    const [before] = await tx.prisma.$queryRawUnsafe<{ at: string }[]>(at)
    await moving.moveTo(next)
    expect(await tx.prisma.$queryRawUnsafe(at)).toStrictEqual([before])
    await tx.prisma.account.create({ data: account })
  })
  const { accountId } = account
  expect((await moving.prisma.account.findUnique({ where: { accountId } }))?.accountId).toBe(accountId)
  await moving.close()
  await expect(moving.prisma.account.findFirst()).rejects.toThrow(/the database has been closed/)
})

test('several statements of the client outside a transaction are refused, for nobody would try them again', async () => {
  const { prisma } = database
  await expect(prisma.$transaction([prisma.account.count(), prisma.entry.count()])).rejects.toThrow(
    /database\.transaction/,
  )
})

test('the client gives up when no answer comes, in a transaction and outside, and says that it was that', async () => {
  const { hostname, port } = new URL(server.url)
  const line = await startProxy({ host: hostname, port: Number(port) })
  const url = Object.assign(new URL(server.url), { hostname: line.host, port: String(line.port) }).href
  const lost = openDatabase(url, { statementTimeout: 500, client: paymentClient })
  const count = () => lost.prisma.account.count()
  await count()
  const inTransaction = lost.transaction(async ({ prisma }) => {
    await prisma.account.count()
    line.freeze()
    await Promise.all([
      expect(prisma.account.count()).rejects.toThrow(TooSlow),
      expect(count).rejects.toThrow(TooSlow),
    ])
    throw new Error('over')
  })
  await expect(inTransaction).rejects.toThrow()
  await line.cut()
  await expect(count).rejects.toThrow(satisfying(isOutOfReach))
  await lost.close()
})
