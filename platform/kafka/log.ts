import { type logCreator, logLevel } from 'kafkajs'
import type { Logger } from '../process/logger.ts'

// Said by kafkajs at every start or rebalance; nobody has to act on it.
const HARMLESS =
  /Limiting retries for the idempotent producer|rebalancing, re-joining|aware of this member|Crash:/
// Every attempt to connect; that brokers are away is said by whoever waits for them.
const ATTEMPTS = new Set(['Connection', 'BrokerPool'])

/** Sends what kafkajs logs into our log. */
export function intoOurLog(logger: Logger): logCreator {
  return () =>
    ({ namespace, level, log }) => {
      const { message, timestamp: _, stack: __, logger: ___, ...details } = log
      const quiet = ATTEMPTS.has(namespace) || HARMLESS.test(message)
      const ours = quiet ? 'debug' : level === logLevel.ERROR ? 'error' : 'warn'
      logger[ours]({ ...details, namespace }, `kafka: ${message}`)
    }
}
