/** A relay that is killed after it published its first batch, before it can mark it. */

import { connectKafka } from '#platform/kafka/kafka.ts'
import { asOutgoing } from '#platform/messaging/outbox.ts'
import { startRelay } from '#platform/messaging/relay.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { createLogger } from '#platform/process/logger.ts'

const [databaseUrl = '', brokers = ''] = process.argv.slice(2)
const logger = createLogger({ process: 'dying-relay' })
const producer = await connectKafka({ brokers: [brokers], clientId: 'dying-relay', logger }).producer()
startRelay({
  database: openDatabase(databaseUrl),
  logger,
  pollEvery: 1,
  publish: async (messages) => {
    await producer.send(messages.map(asOutgoing))
    process.kill(process.pid, 'SIGKILL')
    await new Promise(() => {})
  },
})
