import type { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { afterEach, expect, jest, test } from '@jest/globals'
import { logLevel } from 'kafkajs'
import { createCluster, FetchedBatch, Kafka } from './kafkajs-patches.ts'

const internals = createRequire(import.meta.url)

afterEach(() => {
  jest.restoreAllMocks()
})

test('kafkajs is the version that the patches were made for: with another, look whether each is still right, or may go', () => {
  expect((internals('kafkajs/package.json') as { version: string }).version).toBe('2.2.4')
})

test('the cluster is where it is looked for, and has what the reader asks of it', () => {
  const client = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING })
  const cluster = createCluster(client, {})
  for (const method of [
    'connect',
    'disconnect',
    'refreshMetadata',
    'refreshMetadataIfNecessary',
    'findTopicPartitionMetadata',
    'fetchTopicsOffset',
    'findGroupCoordinator',
    'findLeaderForPartitions',
    'findBroker',
  ])
    expect([method, typeof Reflect.get(cluster, method)]).toStrictEqual([method, 'function'])
})

test('a fetched batch leaves out what lies before the offset, what was rolled back and what is no message', () => {
  const batch = new FetchedBatch('orders', '5', {
    partition: 0,
    highWatermark: '9',
    abortedTransactions: [{ producerId: '7', firstOffset: '6' }],
    messages: [
      { offset: '4', batchContext: { producerId: '1' } },
      { offset: '5', batchContext: { producerId: '1' } },
      { offset: '6', batchContext: { producerId: '7', inTransaction: true } },
      { offset: '8', isControlRecord: true, batchContext: { producerId: '1' } },
    ],
  } as never)
  expect(batch.messages.map(({ offset }) => offset)).toStrictEqual(['5'])
  expect([batch.rawMessages.length, batch.lastOffset()]).toStrictEqual([4, '8'])
})

type Queue = EventEmitter & {
  pending: object[]
  throttledUntil: number
  scheduleCheckPendingRequests(): void
}

test('an idle connection arms no timer; one that is throttled or has requests to send does', () => {
  const RequestQueue = internals('kafkajs/src/network/requestQueue') as new (options: object) => Queue
  const armed = jest.spyOn(globalThis, 'setTimeout').mockReturnValue({} as never)
  const after = (made: Partial<Queue>) => {
    armed.mockClear()
    Object.assign(new RequestQueue({ maxInFlightRequests: 1 }), made).scheduleCheckPendingRequests()
    return armed.mock.calls.map(([, ms]) => ms)
  }
  expect(after({})).toStrictEqual([])
  expect(after({ pending: [{}] })).toStrictEqual([10])
  const [ms = 0] = after({ throttledUntil: Date.now() + 5_000 })
  expect(ms).toBeGreaterThan(4_000)
})
