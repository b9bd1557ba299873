import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { connectKafka } from '#platform/kafka.ts'
import { randomName, silent, testServer } from '#platform/testing.ts'
import { deadLettersIn } from './dead-letters.ts'

const brokers = [testServer('TEST_KAFKA_BROKERS')]
const topic = randomName('audit.dlq')
const kafka = connectKafka({ brokers, clientId: 'audit-test', logger: silent })
before(() => kafka.createTopics([{ topic, partitions: 2 }]))
after(() => kafka.deleteTopics([topic]))

it('counts the messages of all partitions, and leaves out topics that are not there', async () => {
  const producer = await kafka.producer()
  const message = { topic, value: Buffer.from('?'), headers: {} }
  await producer.send([
    { ...message, key: 'a' },
    { ...message, key: 'b' },
    { ...message, key: 'c' },
  ])
  await producer.stop()
  assert.deepEqual(await deadLettersIn(brokers, [topic, `${topic}.not-there`])(), { [topic]: 3 })
})

it('fails when no broker answers', async () => {
  await assert.rejects(deadLettersIn(['127.0.0.1:1'])(), /ECONNREFUSED|Connection error/)
})
