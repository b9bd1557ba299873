/** A relay that is killed after it published its first batch, before it can mark it. */
import { openDatabase } from '#platform/database.ts'
import { connectKafka } from '#platform/kafka.ts'
import { createLogger } from '#platform/logger.ts'
import { asOutgoing } from '#platform/outbox.ts'
import { startRelay } from '#platform/relay.ts'

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
