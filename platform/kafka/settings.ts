import { z } from 'zod'
import { parseDuration, zDuration, zList } from '../process/config.ts'

const DAY = 86_400_000
const FOR_EVER = -1

/** How topics are kept. Dead letters are kept for ever, whatever stands here: they wait for people. */
export type TopicSettings = {
  /** Milliseconds, by the topic's name; '' for all others. -1 for ever. */
  retention: ReadonlyMap<string, number>
  replication: number
  /** How many replicas must have a message before it counts as written. */
  minInsync: number
}

const A_RETENTION = 'a duration such as 7d, or forever'
const zRetention = z.union([z.literal('forever').transform(() => FOR_EVER), zDuration], {
  error: A_RETENTION,
})

const RETENTIONS = 'topics with their retention, such as order.events=30d,pre_orders=forever'
const zRetentions = zList
  .refine((all) => all.every((one) => /^[\w.-]+=(forever|\d+(\.\d+)?(ms|s|m|h|d))$/.test(one)), RETENTIONS)
  .transform((all) => new Map(all.map(retentionOf)))

function retentionOf(text: string): [topic: string, ms: number] {
  const [topic = '', kept = ''] = text.split('=')
  return [topic, kept === 'forever' ? FOR_EVER : parseDuration(kept)]
}

const A_COUNT = 'a number from 1 to 9'
const zCount = z
  .string({ error: A_COUNT })
  .regex(/^[1-9]$/, A_COUNT)
  .transform(Number)

/** What every process reads that makes topics; the defaults are for one broker. */
export const kafkaVariables = {
  KAFKA_BROKERS: zList.default(['127.0.0.1:9092']),
  KAFKA_RETENTION: zRetention.default(7 * DAY),
  KAFKA_TOPIC_RETENTION: zRetentions.default(new Map()),
  KAFKA_REPLICATION: zCount.default(1),
  KAFKA_MIN_INSYNC: zCount.default(1),
}

type KafkaVariables = z.output<z.ZodObject<typeof kafkaVariables>>

export const topicSettings = (config: KafkaVariables): TopicSettings => ({
  retention: new Map([...config.KAFKA_TOPIC_RETENTION, ['', config.KAFKA_RETENTION]]),
  replication: config.KAFKA_REPLICATION,
  // More than there are would let nobody write.
  minInsync: Math.min(config.KAFKA_MIN_INSYNC, config.KAFKA_REPLICATION),
})

export const retentionIn = ({ retention }: TopicSettings, topic: string): number =>
  retention.get(topic) ?? retention.get('') ?? FOR_EVER

/** Kafka drops whole segments: a message may outlive its retention by the time for which its segment is written to. */
export const segmentTime = (retention: number): number =>
  retention === FOR_EVER ? 7 * DAY : Math.max(Math.min(DAY, retention), 60_000)

/**
 * Milliseconds after which no message of these topics can come again, so that its inbox row may go: what Kafka keeps,
 * and a day for clocks and for whoever reads late. Undefined when one of them is kept for ever.
 */
export function inboxKeepFor(settings: TopicSettings, topics: readonly string[]): number | undefined {
  const kept = topics.map((topic) => retentionIn(settings, topic))
  if (kept.includes(FOR_EVER)) return undefined
  return Math.max(...kept.map((retention) => retention + segmentTime(retention))) + DAY
}
