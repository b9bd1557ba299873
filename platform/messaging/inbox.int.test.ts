import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../testing/fixtures.ts'
import { alreadySeen, firstTime } from './inbox.ts'

let server: TestDatabase

before(async () => {
  server = await createTestDatabase()
  await server.database.query(`
    create table inbox (
      consumer text not null, message_id text not null, processed_at timestamptz not null default now(),
      primary key (consumer, message_id))`)
})
after(() => server.drop())

const take = (id: string) => server.database.transaction((tx) => firstTime(tx, 'one', id))

test('takes each message once for each consumer', async () => {
  assert.equal(await take('m-1'), true)
  assert.equal(await take('m-1'), false)
  assert.equal(await firstTime(server.database, 'two', 'm-1'), true)
})

test('takes a message once though many transactions try at the same time', async () => {
  const taken = await Promise.all(Array.from({ length: 20 }, () => take('m-2')))
  assert.equal(taken.filter(Boolean).length, 1)
})

test('takes a message again when the effect was rolled back', async () => {
  const failing = server.database.transaction(async (tx) => {
    assert.equal(await firstTime(tx, 'one', 'm-3'), true)
    throw new Error('no')
  })
  await assert.rejects(failing)
  assert.equal(await alreadySeen(server.database, 'one', 'm-3'), false)
  assert.equal(await take('m-3'), true)
  assert.equal(await alreadySeen(server.database, 'one', 'm-3'), true)
})
