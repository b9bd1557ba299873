import { setTimeout as sleep } from 'node:timers/promises'
import type { OrderSource } from '#contracts/order.ts'
import { readDeadLetter } from '#platform/messaging/dead-letters.ts'
import { UnreadableMessage } from '#platform/messaging/messages.ts'
import type { Logger } from '#platform/process/logger.ts'
import type { Progress } from '#platform/process/progress.ts'
import { type ReadMessage, type ReadOptions, readTopics, type TopicReader } from '#simulators/reader.ts'
import type { OutcomeBook } from './outcomes.ts'

export type Following = {
  book: OutcomeBook
  progress: Progress
  eventTopics: readonly string[]
  deadLetters: string
  from: ReadOptions['from']
  brokers: readonly string[]
  source: OrderSource
  patience: number
  logger: Logger
  signal: AbortSignal
}

/** Writes into the book what the services tell. Begin before the first order is placed. */
export function followOrders(following: Following): Promise<TopicReader> {
  const { book, eventTopics, deadLetters, from, brokers, source, logger, signal } = following
  const onMessage = (message: ReadMessage) => {
    try {
      if (message.topic !== deadLetters) return book.onEvent(message)
      const letter = readDeadLetter(message)
      if (letter?.kind === 'letter') book.onDeadLetter(letter)
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error
      logger.warn({ topic: message.topic }, `message skipped: ${error.message}`)
    }
  }
  const topics = [...eventTopics, deadLetters]
  return readTopics({
    brokers,
    clientId: `generator-${source}-outcomes`,
    topics,
    from,
    onMessage,
    logger,
    signal,
  })
}

/** Resolves when every order placed has ended, or when nothing has ended for `patience` ms. */
export async function untilEnded({ book, progress, patience, logger, signal }: Following): Promise<void> {
  let seen = -1
  let movedAt = Date.now()
  while (!signal.aborted && Date.now() - movedAt < patience) {
    progress.show('ended', book.endedCount, book.placedCount)
    if (book.endedCount >= book.placedCount && book.outcomes().missing.length === 0) return
    if (book.endedCount !== seen) movedAt = Date.now()
    seen = book.endedCount
    await sleep(200, undefined, { signal }).catch(() => {})
  }
  logger.warn(`${book.placedCount - book.endedCount} orders have not ended, not waiting any longer`)
}
