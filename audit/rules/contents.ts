import type { IncomingMessage } from '#platform/kafka.ts'
import type { Tally } from './tally.ts'

export const placeOf = ({ topic, partition, offset }: IncomingMessage): string =>
  `${topic}/${partition}/${offset}`

/** What can be read of messages; the rest is counted apart. */
export function contentsOf<T>(
  messages: readonly IncomingMessage[],
  tally: Tally,
  read: (message: IncomingMessage) => T | undefined,
) {
  return messages.flatMap((message) => {
    try {
      const content = read(message)
      if (content !== undefined) return [content]
    } catch {
      // What is no such message is the dead letters' matter.
    }
    tally.apart++
    return []
  })
}
