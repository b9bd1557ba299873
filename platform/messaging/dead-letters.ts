import type { IncomingMessage } from '../kafka/consume-options.ts'
import type { OutgoingMessage } from '../kafka/producer.ts'

// A message that was put aside lies in `<topic>.dlq`, with these headers beside its own. Once it was published
// again, a marker in the same topic says so: the topic is its own book.
const PREFIX = 'dlq-'
const [REASON, CAUSE, GROUP, AT] = ['dlq-reason', 'dlq-cause', 'dlq-group', 'dlq-at']
const [TOPIC, PARTITION, OFFSET] = ['dlq-topic', 'dlq-partition', 'dlq-offset']
const MARKER = 'dlq-marker'
const [REDRIVEN_BY, REDRIVEN_AT, REDRIVE] = ['redriven-by', 'redriven-at', 'redrive-id']

/** Says on a message that was published again who wanted it so. */
export const redrivenBy = (by: string): Record<string, string> => ({ [REDRIVEN_BY]: by })

/**
 * `unreadable`: it is not understood. `refused`: it is, and breaks a rule; its sender can do something about that.
 * `failed`: it met nothing but faults until it was too old.
 */
const causes = ['unreadable', 'refused', 'failed'] as const
export type DeadLetterCause = (typeof causes)[number]

/** topic/partition/offset of the message as it was first published. */
export type DeadLetterId = string

export type DeadLetter = {
  kind: 'letter'
  id: DeadLetterId
  /** Where the message comes from, and where it goes again. */
  topic: string
  /** The consumer group that could not read it; '' when that was not written down. */
  group: string
  cause: DeadLetterCause
  reason: string
  at: Date
  key: string
  value: Uint8Array
  /** The message's own. */
  headers: Record<string, string>
}

/** Says that a letter was published again: by whom, when, and by which redrive. */
export type RedrivenMarker = { kind: 'redriven'; id: DeadLetterId; by: string; at: Date; redriveId: string }

export const deadLetterTopic = (topic: string): string => `${topic}.dlq`
export const isDeadLetterTopic = (topic: string): boolean => topic.endsWith('.dlq')

type Aside = Pick<DeadLetter, 'group' | 'reason' | 'at'> & { cause?: DeadLetterCause }

export function asDeadLetter(
  message: Pick<IncomingMessage, 'topic' | 'partition' | 'offset' | 'key' | 'value' | 'headers'>,
  { group, cause = 'unreadable', reason, at }: Aside,
): OutgoingMessage {
  const { topic, partition, offset, key, value } = message
  const headers = {
    ...ownHeaders(message.headers),
    [REASON]: reason,
    [CAUSE]: cause,
    [GROUP]: group,
    [AT]: at.toISOString(),
    [TOPIC]: topic,
    [PARTITION]: String(partition),
    [OFFSET]: offset,
  }
  return { topic: deadLetterTopic(topic), key, value, headers }
}

export function asMarker(
  { id, topic, key }: Pick<DeadLetter, 'id' | 'topic' | 'key'>,
  { by, at, redriveId }: Pick<RedrivenMarker, 'by' | 'at' | 'redriveId'>,
): OutgoingMessage {
  const [partition = '', offset = ''] = id.split('/').slice(-2)
  const headers = {
    [MARKER]: 'redriven',
    [TOPIC]: topic,
    [PARTITION]: partition,
    [OFFSET]: offset,
    [REDRIVEN_BY]: by,
    [REDRIVEN_AT]: at.toISOString(),
    [REDRIVE]: redriveId,
  }
  return { topic: deadLetterTopic(topic), key, value: new Uint8Array(), headers }
}

/** What a message of a dead-letter topic says; undefined when it is about no message of that topic. */
export function readDeadLetter(
  message: Pick<IncomingMessage, 'topic' | 'key' | 'value' | 'headers' | 'timestamp'>,
): DeadLetter | RedrivenMarker | undefined {
  const { headers, key, value } = message
  const topic = headers[TOPIC] ?? ''
  const id = `${topic}/${headers[PARTITION]}/${headers[OFFSET]}`
  if (deadLetterTopic(topic) !== message.topic || !/\/\d+\/\d+$/.test(id)) return undefined
  const timeOf = (name: string) => validTime(headers[name]) ?? message.timestamp
  if (headers[MARKER] === 'redriven') {
    const [by = '', redriveId = ''] = [headers[REDRIVEN_BY], headers[REDRIVE]]
    return { kind: 'redriven', id, by, redriveId, at: timeOf(REDRIVEN_AT) }
  }
  return {
    kind: 'letter',
    id,
    topic,
    group: headers[GROUP] ?? '',
    cause: causes.find((one) => one === headers[CAUSE]) ?? 'unreadable',
    reason: headers[REASON] ?? '',
    at: timeOf(AT),
    key,
    value,
    headers: ownHeaders(headers),
  }
}

/** Without what this file adds: a message that comes with such headers must not pass for more than it is. */
const ownHeaders = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(PREFIX)))

function validTime(text = ''): Date | undefined {
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? undefined : time
}
