import type { Consumer } from 'kafkajs'
import { backoff } from '../process/backoff.ts'
import { type Logger, reasonOf } from '../process/logger.ts'
import type { IncomingMessage } from './consume-options.ts'

type Place = Pick<IncomingMessage, 'topic' | 'partition' | 'offset'>

export type FailedPartitions = {
  recovered(place: Place): void
  pauseAfter(place: Place, error: unknown): void
  /** After messages of which none worked: while everything fails, few shall be put aside. */
  rest(place: Place): void
  forget(): void
}

const LONGEST_PAUSE = 10_000
const LONGEST_REST = 1_000

/**
 * Makes the partition of a failed message wait, longer each time, while the consumer goes on with its others.
 * (Retrying inside the handler would keep all partitions of that broker waiting.)
 */
export function trackFailedPartitions(consumer: Consumer, logger: Logger): FailedPartitions {
  const failed = new Map<string, { attempts: number; timer: NodeJS.Timeout }>()
  const of = ({ topic, partition }: Place) => `${topic}/${partition}`
  /** Longer each time, up to `longest`; answers with how long, and with how often it was. */
  const pause = (place: Place, longest: number) => {
    const { topic, partition } = place
    const attempts = (failed.get(of(place))?.attempts ?? 0) + 1
    const ms = backoff(attempts, { first: 200, longest })
    consumer.pause([{ topic, partitions: [partition] }])
    const timer = setTimeout(() => consumer.resume([{ topic, partitions: [partition] }]), ms)
    failed.set(of(place), { attempts, timer })
    return { ms, attempts }
  }
  return {
    recovered: (place) => failed.delete(of(place)),
    pauseAfter: (place, error) => {
      const { topic, partition, offset } = place
      const { ms, attempts } = pause(place, LONGEST_PAUSE)
      logger.warn(
        { err: error, topic, partition, offset, attempts },
        `message failed, retrying in ${ms} ms: ${reasonOf(error)}`,
      )
    },
    rest: (place) => void pause(place, LONGEST_REST),
    forget: () => {
      for (const { timer } of failed.values()) clearTimeout(timer)
      failed.clear()
    },
  }
}
