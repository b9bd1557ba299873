import type { DeadLetterActivities } from '#contracts/dead-letter.ts'
import { derivedId } from '#platform/ids.ts'
import type { OutgoingMessage, Producer } from '#platform/kafka/kafka.ts'
import { asMarker, redrivenBy } from '#platform/messaging/dead-letters.ts'
import { MESSAGE_ID, messageHeaders, messageIdOf, readHeaders, TYPE } from '#platform/messaging/messages.ts'
import type { Codec } from './codec.ts'
import type { DeadLetterReader, OpenedDeadLetter } from './reader.ts'

export type RedriveLetter = DeadLetterActivities['redriveLetter']

type Dependencies = {
  deadLetters: Pick<DeadLetterReader, 'find'>
  producer: Pick<Producer, 'send'>
  codec: Codec
  clock: () => Date
}

/** Publishes a letter's message again and marks it. A crash between the two publishes it twice, under one message id. */
export function createRedrive({ deadLetters, producer, codec, clock }: Dependencies): RedriveLetter {
  return inTurn(async ({ letterId, redriveId, by, replacement }) => {
    const letter = await deadLetters.find(letterId)
    if (!letter) return { letterId, kind: 'gone' }
    if (letter.redriven) {
      const ours = letter.redriven.redriveId === redriveId
      return { letterId, kind: ours ? 'redriven' : 'already_redriven' }
    }
    const content = replacement ? codec.encode(letter.topic, replacement) : letter
    if ('problem' in content) return { letterId, kind: 'invalid_replacement', problem: content.problem }
    const headers = 'type' in content ? completed(letter, content.type) : identified(letter)
    await producer.send([messageOf(letter, content.value, { ...headers, ...redrivenBy(by) })])
    await producer.send([asMarker(letter, { by, at: clock(), redriveId })])
    return { letterId, kind: 'redriven' }
  })
}

const messageOf = (
  { topic, key }: OpenedDeadLetter,
  value: Uint8Array,
  headers: OutgoingMessage['headers'],
): OutgoingMessage => ({ topic, key, value, headers })

/** The letter's headers, with an id that consumers know a repeat by. */
const identified = ({ id, headers }: OpenedDeadLetter): Record<string, string> => ({
  ...headers,
  [MESSAGE_ID]: messageIdOf(headers) ?? derivedId(id),
})

/** The letter's headers, with what is missing of those that every message must have. */
function completed(letter: OpenedDeadLetter, type: string): Record<string, string> {
  const headers = identified(letter)
  const { id, traceparent } = readHeaders({ headers: { ...headers, [TYPE]: type } })
  return { ...headers, ...messageHeaders({ id, type, traceparent }) }
}

/** One letter is redriven once, however many ask for it at the same time. */
function inTurn(redrive: RedriveLetter): RedriveLetter {
  const inHand = new Map<string, Promise<unknown>>()
  return async (request) => {
    const { letterId } = request
    const before = inHand.get(letterId) ?? Promise.resolve()
    const redriving = before.catch(() => {}).then(() => redrive(request))
    inHand.set(letterId, redriving)
    try {
      return await redriving
    } finally {
      if (inHand.get(letterId) === redriving) inHand.delete(letterId)
    }
  }
}
