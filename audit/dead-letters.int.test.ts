import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { connectKafka } from '#platform/kafka/kafka.ts'
import { asDeadLetter, asMarker } from '#platform/messaging/dead-letters.ts'
import { randomName, silent, testServer } from '#platform/testing/fixtures.ts'
import { deadLettersIn } from './dead-letters.ts'

const brokers = [testServer('TEST_KAFKA_BROKERS')]
const topic = randomName('audit')
const kafka = connectKafka({ brokers, clientId: 'audit-test', logger: silent })
beforeAll(() => kafka.createTopics([{ topic: `${topic}.dlq`, partitions: 2 }]))
afterAll(() => kafka.deleteTopics([`${topic}.dlq`]))

const at = new Date()
const letter = (offset: number, group = 'readers') =>
  asDeadLetter(
    {
      topic,
      partition: 1,
      offset: String(offset),
      key: String(offset),
      value: Buffer.from('?'),
      headers: {},
    },
    { group, reason: 'not protobuf', at },
  )

it('counts each message once that lies there open, and leaves out topics without dead letters', async () => {
  const producer = await kafka.producer()
  await producer.send([letter(1), letter(2), letter(3), letter(3, 'other readers')])
  expect(await deadLettersIn(brokers, [topic, `${topic}.not-there`])()).toStrictEqual({ [topic]: 3 })

  const redriven = { id: `${topic}/1/3`, topic, key: '3' }
  await producer.send([asMarker(redriven, { by: 'staff:anna', at, redriveId: 'r1' }), letter(4)])
  expect(await deadLettersIn(brokers, [topic])()).toStrictEqual({ [topic]: 3 })
  await producer.stop()
})

it('fails when no broker answers', async () => {
  await expect(deadLettersIn(['127.0.0.1:1'])()).rejects.toThrow(/ECONNREFUSED|Connection error/)
})
