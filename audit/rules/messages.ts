import type { IncomingMessage } from '#platform/kafka/kafka.ts'
import type { Channel, KafkaSource } from '../facts/kafka.ts'
import { everywhere, naming, type Sources } from '../sources.ts'
import { unnoted } from './courier.ts'
import { lookAtReferences, unplaced } from './pre-orders.ts'
import { inEach, type Look, type SourceRule } from './rule.ts'
import { Tally } from './tally.ts'

/** What came by Kafka, against the record. */
export const messageRules: SourceRule[] = [
  {
    kind: 'books',
    name: 'messages.pre_orders',
    says: 'Every pre-order that was heard is an order on record, or was put aside.',
    counts: 'pre-orders',
    exempt: 'that were put aside, cannot be read, or came before these databases',
    look: (sources) => lookThrough(sources, 'preOrders', unplaced),
  },
  {
    kind: 'books',
    name: 'messages.registered',
    says: 'Every reference that was registered has its order on record.',
    counts: 'registered references',
    exempt: 'whose message was put aside',
    look: (sources) => inEach(sources.databases.order, (shard) => lookAtReferences(sources, shard)),
  },
  {
    kind: 'books',
    name: 'messages.courier',
    says: 'What the courier told of a parcel is on record.',
    counts: 'courier events',
    exempt: 'that were put aside, cannot be read, or are of parcels that nobody here handed off by then',
    look: (sources) => lookThrough(sources, 'courier', unnoted),
  },
]

/** Counted always, an offence only for those who ask for none. */
export const noDeadLetters: SourceRule = {
  kind: 'books',
  name: 'messages.readable',
  says: 'Each message that was put aside as unreadable has been redriven.',
  counts: 'dead-letter topics',
  async look({ kafka, unavailable }) {
    const counts = kafka ? await naming(unavailable, 'Kafka', kafka.countDeadLetters) : {}
    return {
      counted: Object.keys(counts).length,
      offenders: Object.entries(counts)
        .filter(([, count]) => count > 0)
        .map(([topic, count]) => ({ id: topic, found: `${count} messages` })),
    }
  },
}

type Judge = (sources: Sources, messages: readonly IncomingMessage[], tally: Tally) => Promise<void>

async function lookThrough(
  sources: Sources,
  which: keyof KafkaSource['channels'],
  judge: Judge,
): Promise<Look> {
  const { kafka, unavailable } = sources
  if (!kafka) return { counted: 0, offenders: [] }
  const channel: Channel = kafka.channels[which]
  const tally = new Tally()
  // Before the record: what was heard by then has had its effect since.
  const { passed, toHear } = await naming(unavailable, 'Kafka', () => kafka.heard(channel, sources.since))
  if (toHear > 0) tally.wait('not heard yet', toHear)
  const opened = await openedAt(sources)
  const pages = passed[Symbol.asyncIterator]()
  for (;;) {
    const next = await naming(unavailable, 'Kafka', () => pages.next())
    if (next.done) return tally.look()
    const ours = next.value.filter(({ timestamp }) => timestamp >= opened)
    tally.exempt += next.value.length - ours.length
    await judge(sources, ours, tally)
    sources.onProgress(channel.topic, tally.counted)
  }
}

/** Older messages are of other databases, on the same Kafka. */
async function openedAt({ databases }: Sources): Promise<Date> {
  const { rows } = await everywhere(databases.order, (sql) =>
    sql.query<{ at: Date | null }>(
      `select coalesce((select min(opened_at) from database_identity), (select min(recorded_at) from orders)) as at`,
    ),
  )
  const times = rows.flatMap(({ at }) => (at ? [at.getTime()] : []))
  return new Date(times.length > 0 ? Math.min(...times) : 0)
}
