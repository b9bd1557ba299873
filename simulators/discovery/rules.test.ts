import { expect, test } from '@jest/globals'
import { ConfigError, readConfig } from '#platform/process/config.ts'
import { ensure } from '#platform/testing/expect.ts'
import { DiscoveryConfig } from './config.ts'
import { createDirectory } from './directory.ts'
import { parseEntries } from './rules.ts'

const two =
  'order/order_1@127.0.0.1:5433,127.0.0.2:5434;order/order_2@[::1]:5433;customer/customer_1@db.example:1,db-2:2'

test('reads each shard with all of its addresses', () => {
  expect(parseEntries(` ${two.replaceAll(';', ' ; ')}; `)).toStrictEqual({
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
      ensure(error instanceof ConfigError)
      return error.message
    }
  }
  expect(complaint()).toMatch(/^DISCOVERY_SHARDS is missing; wanted: service\/database@host:port/)
  expect(complaint('order/a@h:1;order_2@h:1')).toMatch(
    /; entry 2, "order_2@h:1", is not service\/database@host:port$/,
  )
  expect(complaint('order/a@h:1,h')).toMatch(
    /; entry 1, "order\/a@h:1,h", has an address "h", which is not host:port$/,
  )
  expect(complaint('order/a@h:70000')).toMatch(/has an address "h:70000"/)
  expect(complaint('order/a@h:1,')).toMatch(/has an address ""/)
  expect(complaint('order/a@h:1;order/a@h:2')).toMatch(/; order\/a is duplicated$/)
  expect(complaint(';')).toMatch(/; there is none$/)
  expect(complaint('x;y').split('\n').length).toBe(2)
  expect(complaint('order/a@h:1;customer/a@h:1')).toBe('')
})

const placesOf = (directory: ReturnType<typeof createDirectory>, service: string) =>
  directory.mapOf(service)?.shards.map(({ host, port }) => `${host}:${port}`)

test('moves a shard to its next address, and after the last to the first again', () => {
  const directory = createDirectory(parseEntries(two).entries)
  expect(placesOf(directory, 'order')).toStrictEqual(['127.0.0.1:5433', '::1:5433'])
  expect(directory.move('order', 'order_1')).toStrictEqual([
    { name: 'order_1', to: { host: '127.0.0.2', port: 5434 } },
  ])
  expect(directory.mapOf('order')?.version).toBe(2)
  expect(directory.move('order', 'order_2')).toStrictEqual([])
  expect(directory.mapOf('order')?.version).toBe(2)
  directory.move('order')
  expect(placesOf(directory, 'order')).toStrictEqual(['127.0.0.1:5433', '::1:5433'])
  expect(directory.mapOf('customer')?.version).toBe(1)
  expect(directory.mapOf('nobody')).toBeUndefined()
})

test('takes turns: each shard that has another address moves before one moves again', () => {
  const directory = createDirectory(parseEntries(two).entries)
  const moved = Array.from({ length: 4 }, () => directory.moveNext()[0]?.name)
  expect(moved).toStrictEqual(['order_1', 'customer_1', 'order_1', 'customer_1'])
  expect(createDirectory(parseEntries('a/b@h:1').entries).moveNext()).toStrictEqual([])
})
