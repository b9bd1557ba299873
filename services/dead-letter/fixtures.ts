// Dead letters on a real Kafka, in a topic of one's own that carries shipment events.
import { createClient } from '@connectrpc/connect'
import { DeadLetterService } from '#generated/proto/deadletter/v1/deadletter_pb.ts'
import { ShipmentEventSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { closeRpcTransports, rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import {
  type Consumer,
  connectKafka,
  type IncomingMessage,
  messagesWithin,
  UnreadableMessage,
} from '#platform/kafka/kafka.ts'
import { decode, encode, readHeaders } from '#platform/messaging/messages.ts'
import { randomName, silent, testServer, until } from '#platform/testing/fixtures.ts'
import { createCodec } from './codec.ts'
import { createDeadLetterReader } from './reader.ts'
import { createRedrive } from './redrive.ts'
import { deadLetterRoutes } from './rpc.ts'

export const clock = () => new Date('2010-12-01T08:26:00.000Z')

export const event = (status: string) => encode(ShipmentEventSchema, { shipmentId: 's1', status })

export async function startDeadLetters() {
  const kafka = connectKafka({
    brokers: testServer('TEST_KAFKA_BROKERS').split(','),
    clientId: 'dead-letter-test',
    logger: silent,
  })
  const topic = randomName('dead_letter')
  await kafka.createTopics([
    { topic, partitions: 2 },
    { topic: `${topic}.dlq`, partitions: 1 },
  ])
  const reader = kafka.reader()
  const producer = await kafka.producer()
  const codec = createCodec({ [topic]: [ShipmentEventSchema] })
  const newReader = () => createDeadLetterReader({ reader, topics: [topic, `${topic}.not_there`] })
  const deadLetters = newReader()
  const server = await serveRpc({ port: 0, routes: deadLetterRoutes({ deadLetters, codec }), logger: silent })
  const consumers: Consumer[] = []

  async function messagesIn(name: string): Promise<IncomingMessage[]> {
    const all: IncomingMessage[] = []
    for (const bounds of await reader.bounds([name])) {
      for await (const messages of messagesWithin(reader, bounds)) all.push(...messages)
    }
    return all
  }

  return {
    kafka,
    topic,
    producer,
    codec,
    deadLetters,
    newReader,
    rpc: createClient(DeadLetterService, rpcTransport(`http://127.0.0.1:${server.port}`)),
    redriveLetter: createRedrive({ deadLetters, producer, codec, clock }),
    messagesIn,
    /** Reads the statuses of events; one without any cannot be read. */
    async consume(groupId: string): Promise<string[]> {
      const read: string[] = []
      const onMessage = async (message: IncomingMessage) => {
        readHeaders(message)
        const { status } = decode(ShipmentEventSchema, message.value)
        if (status === '') throw new UnreadableMessage('status is missing')
        read.push(status)
      }
      consumers.push(await kafka.consume({ groupId: `${topic}.${groupId}`, topics: [topic], onMessage }))
      return read
    },
    /** Answers with the id of the letter that it became. */
    async publishPoison(key: string, headers: Record<string, string> = { 'message-id': key }) {
      await producer.send([{ topic, key, value: event(''), headers }])
      return until(`${key} is put aside`, async () => {
        const letters = await deadLetters.list({ withRedriven: true, limit: 100 })
        return letters.find((letter) => letter.key === key)?.id
      })
    },
    async stop(): Promise<void> {
      await Promise.all(consumers.map((consumer) => consumer.stop()))
      closeRpcTransports()
      await server.stop()
      await producer.stop()
      await reader.stop()
      await kafka.deleteTopics([topic, `${topic}.dlq`])
    },
  }
}
