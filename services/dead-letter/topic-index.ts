import type { DeadLetter, RedrivenMarker } from '#platform/messaging/dead-letters.ts'

/** Where a record lies: in a dead-letter topic, not in the topic that its message comes from. */
export type Slot = { topic: string; partition: number; offset: bigint }

export type Redriven = Pick<RedrivenMarker, 'by' | 'at' | 'redriveId'>

/** What is kept in memory of each letter, some 300 bytes; its content stays in Kafka. */
export type DeadLetterEntry = {
  id: string
  /** Where the message comes from. */
  topic: string
  /** Since when it lies here. */
  at: Date
  groups: readonly string[]
  slot: Slot
  redriven?: Redriven
}

export type ListPosition = Pick<DeadLetterEntry, 'at' | 'id'>
export type ListQuery = {
  topic?: string
  withRedriven: boolean
  after?: ListPosition | undefined
  limit: number
}

export type TopicIndex = {
  /** Takes records of a dead-letter topic, each partition in its order. */
  put(slot: Slot, record: DeadLetter | RedrivenMarker): void
  get(id: string): DeadLetterEntry | undefined
  /** Newest first. */
  list(query: ListQuery): DeadLetterEntry[]
  /** Lets go of what lies in this partition before an offset. */
  forget(slot: Slot): void
}

export function createTopicIndex(): TopicIndex {
  const letters = new Map<string, DeadLetterEntry>()
  return {
    put(slot, record) {
      const known = letters.get(record.id)
      if (record.kind === 'letter') letters.set(record.id, withLetter(known, record, slot))
      // A marker whose letter is gone has nothing left to mark.
      else if (known) letters.set(record.id, { ...known, redriven: redrivenOf(record) })
    },
    get: (id) => letters.get(id),
    list({ topic, withRedriven, after, limit }) {
      return [...letters.values()]
        .filter((letter) => topic === undefined || letter.topic === topic)
        .filter(({ redriven }) => withRedriven || !redriven)
        .filter((letter) => after === undefined || newestFirst(after, letter) < 0)
        .sort(newestFirst)
        .slice(0, limit)
    },
    forget({ topic, partition, offset }) {
      for (const [id, { slot }] of letters) {
        if (slot.topic === topic && slot.partition === partition && slot.offset < offset) letters.delete(id)
      }
    },
  }
}

/** Several groups that could not read one message make one letter; it lies where its latest record does. */
function withLetter(
  known: DeadLetterEntry | undefined,
  { id, topic, at, group }: DeadLetter,
  slot: Slot,
): DeadLetterEntry {
  if (!known) return { id, topic, at, groups: named(group), slot }
  return { ...known, slot, groups: [...new Set([...known.groups, ...named(group)])] }
}

const named = (group: string) => (group === '' ? [] : [group])
const redrivenOf = ({ by, at, redriveId }: RedrivenMarker): Redriven => ({ by, at, redriveId })

function newestFirst(one: ListPosition, other: ListPosition): number {
  return other.at.getTime() - one.at.getTime() || (one.id < other.id ? 1 : one.id > other.id ? -1 : 0)
}
