import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../testing/fixtures.ts'
import { alreadySeen, firstTime } from './inbox.ts'

let server: TestDatabase

beforeAll(async () => {
  server = await createTestDatabase()
  await server.database.query(`
    create table inbox (
      consumer text not null, message_id text not null, processed_at timestamptz not null default now(),
      primary key (consumer, message_id))`)
})
afterAll(() => server.drop())

const take = (id: string) => server.database.transaction((tx) => firstTime(tx, 'one', id))

test('takes each message once for each consumer', async () => {
  expect(await take('m-1')).toBe(true)
  expect(await take('m-1')).toBe(false)
  expect(await firstTime(server.database, 'two', 'm-1')).toBe(true)
})

test('takes a message once though many transactions try at the same time', async () => {
  const taken = await Promise.all(Array.from({ length: 20 }, () => take('m-2')))
  expect(taken.filter(Boolean).length).toBe(1)
})

test('takes a message again when the effect was rolled back', async () => {
  const failing = server.database.transaction(async (tx) => {
    expect(await firstTime(tx, 'one', 'm-3')).toBe(true)
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow()
  expect(await alreadySeen(server.database, 'one', 'm-3')).toBe(false)
  expect(await take('m-3')).toBe(true)
  expect(await alreadySeen(server.database, 'one', 'm-3')).toBe(true)
})
