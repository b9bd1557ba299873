// What the simulators' tests against a real Kafka share.
import { connectKafka } from '#platform/kafka/kafka.ts'
import { randomName, silent, testServer } from '#platform/testing/fixtures.ts'

/** Topics and clients of one test; `drop` takes them away with everything that was made after them. */
export async function testTopics(...names: string[]) {
  const brokers = testServer('TEST_KAFKA_BROKERS').split(',')
  const prefix = randomName('test')
  const topicOf = (name: string) => `${prefix}.${name}`
  const kafka = connectKafka({ brokers, clientId: prefix, logger: silent })
  await kafka.createTopics(names.map((name) => ({ topic: topicOf(name), partitions: 2 })))
  const producer = await kafka.producer()
  return {
    brokers,
    prefix,
    topicOf,
    kafka,
    producer,
    drop: async () => {
      await producer.stop()
      const ours = (await kafka.topicNames()).filter((topic) => topic.startsWith(prefix))
      await kafka.deleteTopics(ours)
    },
  }
}
