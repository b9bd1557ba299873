import type { Consumer } from 'kafkajs'
import { type Logger, reasonOf } from '../logger.ts'
import type { IncomingMessage } from './consumer.ts'

type Place = Pick<IncomingMessage, 'topic' | 'partition' | 'offset'>

export type Faults = {
  over(place: Place): void
  waitAfter(place: Place, error: unknown): void
  forget(): void
}

const LONGEST_PAUSE = 10_000

/**
 * Makes the partition of a failed message wait, longer each time, while the consumer goes on with its others.
 * (Retrying inside the handler would keep all partitions of that broker waiting.)
 */
export function createFaults(consumer: Consumer, logger: Logger): Faults {
  const failed = new Map<string, { attempts: number; timer: NodeJS.Timeout }>()
  const of = ({ topic, partition }: Place) => `${topic}/${partition}`
  return {
    over: (place) => failed.delete(of(place)),
    waitAfter: (place, error) => {
      const { topic, partition, offset } = place
      const attempts = (failed.get(of(place))?.attempts ?? 0) + 1
      const pause = Math.min(100 * 2 ** attempts, LONGEST_PAUSE)
      logger.warn(
        { err: error, topic, partition, offset, attempts },
        `message failed, again in ${pause} ms: ${reasonOf(error)}`,
      )
      consumer.pause([{ topic, partitions: [partition] }])
      const timer = setTimeout(() => consumer.resume([{ topic, partitions: [partition] }]), pause)
      failed.set(of(place), { attempts, timer })
    },
    forget: () => {
      for (const { timer } of failed.values()) clearTimeout(timer)
      failed.clear()
    },
  }
}
