import { setTimeout as sleep } from 'node:timers/promises'
import type { OutgoingMessage, Producer } from '#platform/kafka/kafka.ts'
import { type Logger, reasonOf } from '#platform/process/logger.ts'

export type Publisher = {
  /** Resolves when the message is on its topic; messages go out in the order of the calls. */
  publish(message: OutgoingMessage): Promise<void>
  /** Gives up what is not out yet. */
  stop(): Promise<void>
}

const AT_ONCE = 1_000

/** Sends whatever has gathered while the batch before was under way, and tries again until Kafka takes it. */
export function createPublisher({ producer, logger }: { producer: Producer; logger: Logger }): Publisher {
  const stopping = new AbortController()
  const waiting: { message: OutgoingMessage; out: () => void }[] = []
  let sending: Promise<void> | undefined

  const sendAll = async () => {
    while (waiting.length > 0 && !stopping.signal.aborted) {
      const batch = waiting.slice(0, AT_ONCE)
      try {
        await producer.send(batch.map(({ message }) => message))
        waiting.splice(0, batch.length)
        for (const { out } of batch) out()
      } catch (error) {
        logger.warn({ waiting: waiting.length }, `events not published yet, retrying: ${reasonOf(error)}`)
        await sleep(1_000, undefined, { signal: stopping.signal }).catch(() => {})
      }
    }
    sending = undefined
  }
  return {
    publish: (message) =>
      new Promise((resolve) => {
        waiting.push({ message, out: resolve })
        sending ??= sendAll()
      }),
    stop: async () => {
      stopping.abort()
      await sending
    },
  }
}
