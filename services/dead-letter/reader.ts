import { type Bounds, type IncomingMessage, messagesWithin, type TopicReader } from '#platform/kafka/kafka.ts'
import { type DeadLetter, deadLetterTopic, readDeadLetter } from '#platform/messaging/dead-letters.ts'
import { createTopicIndex, type DeadLetterEntry, type ListQuery, type Slot } from './topic-index.ts'

/** A letter with what it says. */
export type OpenedDeadLetter = DeadLetterEntry & Pick<DeadLetter, 'key' | 'value' | 'headers' | 'reason'>

/** The dead letters of some topics. Each answer is about what Kafka held when it was asked for. */
export type DeadLetterReader = {
  /** Whose letters these are. */
  topics: readonly string[]
  /** Newest first. */
  list(query: ListQuery): Promise<OpenedDeadLetter[]>
  find(id: string): Promise<OpenedDeadLetter | undefined>
}

/** Some letters at once, where they lie side by side. */
const FEW = 65_536

type Dependencies = { reader: Pick<TopicReader, 'bounds' | 'fetch'>; topics: readonly string[] }

/** Reads on from where it was the last time; the first time, from the beginning. */
export function createDeadLetterReader({ reader, topics }: Dependencies): DeadLetterReader {
  const index = createTopicIndex()
  /** How far each partition has been read. */
  const ends = new Map<string, Slot>()
  const deadLetterTopics = topics.map(deadLetterTopic)

  const catchUp = oneAfterTheOther(async () => {
    const there = await reader.bounds(deadLetterTopics)
    forgetAllBut(there)
    for (const bounds of there) await readOn(bounds)
  })

  function forgetAllBut(there: readonly Bounds[]): void {
    const names = new Set(there.map(placeOf))
    for (const [place, { topic, partition, offset }] of ends) {
      if (names.has(place)) continue
      index.forget({ topic, partition, offset })
      ends.delete(place)
    }
  }

  async function readOn({ topic, partition, low, high }: Bounds): Promise<void> {
    const read = ends.get(placeOf({ topic, partition }))?.offset ?? low
    // A topic that has become shorter is another one of the same name.
    const another = read > high
    index.forget({ topic, partition, offset: another ? read : low })
    const from = another || read < low ? low : read
    for await (const messages of messagesWithin(reader, { topic, partition, low: from, high })) {
      for (const message of messages) put({ topic, partition, offset: BigInt(message.offset) }, message)
    }
    ends.set(placeOf({ topic, partition }), { topic, partition, offset: high })
  }

  function put(slot: Slot, message: IncomingMessage): void {
    const record = readDeadLetter(message)
    if (record) index.put(slot, record)
    ends.set(placeOf(slot), { ...slot, offset: slot.offset + 1n })
  }

  /** What Kafka has dropped in the meantime is left out. */
  async function open(letters: readonly DeadLetterEntry[]): Promise<OpenedDeadLetter[]> {
    const contents = await contentsOf(letters.map(({ slot }) => slot))
    return letters.flatMap((letter) => {
      const content = contents.get(letter.id)
      return content ? [{ ...content, ...letter }] : []
    })
  }

  /** By letter. Neighbours come with one fetch. */
  async function contentsOf(slots: readonly Slot[]) {
    const contents = new Map<string, Pick<DeadLetter, 'key' | 'value' | 'headers' | 'reason'>>()
    for (const inPartition of Map.groupBy(slots, placeOf).values()) {
      let wanted = inPartition.toSorted((one, other) => Number(one.offset - other.offset))
      for (let [first] = wanted; first; [first] = wanted) {
        const [found] = await reader.fetch([first], { bytes: FEW })
        if (!found || found.next === first.offset) break
        const offsets = new Set(wanted.map(({ offset }) => String(offset)))
        for (const message of found.messages.filter(({ offset }) => offsets.has(offset))) {
          const record = readDeadLetter(message)
          if (record?.kind === 'letter') contents.set(record.id, contentOf(record))
        }
        wanted = wanted.filter(({ offset }) => offset >= found.next)
      }
    }
    return contents
  }

  return {
    topics,
    async list(query) {
      await catchUp()
      return open(index.list(query))
    },
    async find(id) {
      await catchUp()
      const letter = index.get(id)
      const [opened] = letter ? await open([letter]) : []
      return opened
    },
  }
}

const placeOf = ({ topic, partition }: Omit<Slot, 'offset'>) => `${topic}/${partition}`

const contentOf = ({ key, value, headers, reason }: DeadLetter) => ({ key, value, headers, reason })

/** Whoever asks while the work runs waits for the next run: the one that runs may have passed what they are after. */
function oneAfterTheOther(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve()
  let next: Promise<void> | undefined
  return () => {
    next ??= running.then(() => {
      next = undefined
      const done = work()
      running = done.catch(() => {})
      return done
    })
    return next
  }
}
