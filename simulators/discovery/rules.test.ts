import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, readConfig } from '#platform/process/config.ts'
import { DiscoveryConfig } from './config.ts'
import { createDirectory } from './directory.ts'
import { parseEntries } from './rules.ts'

const two =
  'order/order_1@127.0.0.1:5433,127.0.0.2:5434;order/order_2@[::1]:5433;customer/customer_1@db.example:1,db-2:2'

test('reads each shard with all of its addresses', () => {
  assert.deepEqual(parseEntries(` ${two.replaceAll(';', ' ; ')}; `), {
    problems: [],
    entries: [
      {
        service: 'order',
        name: 'order_1',
        addresses: [
          { host: '127.0.0.1', port: 5433 },
          { host: '127.0.0.2', port: 5434 },
        ],
      },
      { service: 'order', name: 'order_2', addresses: [{ host: '::1', port: 5433 }] },
      {
        service: 'customer',
        name: 'customer_1',
        addresses: [
          { host: 'db.example', port: 1 },
          { host: 'db-2', port: 2 },
        ],
      },
    ],
  })
})

test('says which entry is wrong, and of what it should be made', () => {
  const complaint = (text?: string) => {
    try {
      readConfig(DiscoveryConfig, { DISCOVERY_SHARDS: text })
      return ''
    } catch (error) {
      assert.ok(error instanceof ConfigError)
      return error.message
    }
  }
  assert.match(complaint(), /^DISCOVERY_SHARDS is missing; wanted: service\/database@host:port/)
  assert.match(
    complaint('order/a@h:1;order_2@h:1'),
    /; entry 2, "order_2@h:1", is not service\/database@host:port$/,
  )
  assert.match(
    complaint('order/a@h:1,h'),
    /; entry 1, "order\/a@h:1,h", has an address "h", which is not host:port$/,
  )
  assert.match(complaint('order/a@h:70000'), /has an address "h:70000"/)
  assert.match(complaint('order/a@h:1,'), /has an address ""/)
  assert.match(complaint('order/a@h:1;order/a@h:2'), /; order\/a is there twice$/)
  assert.match(complaint(';'), /; there is none$/)
  assert.equal(complaint('x;y').split('\n').length, 2)
  assert.equal(complaint('order/a@h:1;customer/a@h:1'), '')
})

const placesOf = (directory: ReturnType<typeof createDirectory>, service: string) =>
  directory.mapOf(service)?.shards.map(({ host, port }) => `${host}:${port}`)

test('moves a shard to its next address, and after the last to the first again', () => {
  const directory = createDirectory(parseEntries(two).entries)
  assert.deepEqual(placesOf(directory, 'order'), ['127.0.0.1:5433', '::1:5433'])
  assert.deepEqual(directory.move('order', 'order_1'), [
    { name: 'order_1', to: { host: '127.0.0.2', port: 5434 } },
  ])
  assert.equal(directory.mapOf('order')?.version, 2)
  assert.deepEqual(directory.move('order', 'order_2'), [])
  assert.equal(directory.mapOf('order')?.version, 2)
  directory.move('order')
  assert.deepEqual(placesOf(directory, 'order'), ['127.0.0.1:5433', '::1:5433'])
  assert.equal(directory.mapOf('customer')?.version, 1)
  assert.equal(directory.mapOf('nobody'), undefined)
})

test('takes turns: each shard that has another address moves before one moves again', () => {
  const directory = createDirectory(parseEntries(two).entries)
  const moved = Array.from({ length: 4 }, () => directory.moveNext()[0]?.name)
  assert.deepEqual(moved, ['order_1', 'customer_1', 'order_1', 'customer_1'])
  assert.deepEqual(createDirectory(parseEntries('a/b@h:1').entries).moveNext(), [])
})
