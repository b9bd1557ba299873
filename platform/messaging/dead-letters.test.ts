import { expect, it } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import type { OutgoingMessage } from '../kafka/kafka.ts'
import { asDeadLetter, asMarker, readDeadLetter } from './dead-letters.ts'

const at = new Date('2010-12-01T08:26:00Z')
const poison = {
  topic: 'greetings',
  partition: 3,
  offset: '17',
  key: 'k',
  value: new Uint8Array([1, 2]),
  headers: { 'message-id': 'm1', type: 'Greeting' },
}
const aside = { group: 'readers', cause: 'refused' as const, reason: 'not my language', at }

/** As it comes back from the dead-letter topic. */
const received = (message: OutgoingMessage) => ({
  ...message,
  partition: 0,
  offset: '5',
  timestamp: new Date('2011-01-01T00:00:00Z'),
})

it('a dead letter is the message as it was, with the place it came from', () => {
  const message = asDeadLetter(poison, aside)
  expect(message.topic).toBe('greetings.dlq')
  const { key, value, headers } = poison
  expect(readDeadLetter(received(message))).toStrictEqual({
    kind: 'letter',
    id: 'greetings/3/17',
    topic: 'greetings',
    key,
    value,
    headers,
    ...aside,
  })
})

it('a marker says of a letter who redrove it, when and in which redrive', () => {
  const letter = { id: 'greetings/3/17', topic: 'greetings', key: 'k' }
  const redriven = { by: 'staff:anna', at, redriveId: 'r1' }
  const message = asMarker(letter, redriven)
  expect([message.topic, message.key]).toStrictEqual(['greetings.dlq', 'k'])
  expect(readDeadLetter(received(message))).toStrictEqual({
    kind: 'redriven',
    id: 'greetings/3/17',
    ...redriven,
  })
})

it('a message that comes with the headers of a marker is put aside all the same', () => {
  const headers = { ...poison.headers, 'dlq-marker': 'redriven', 'dlq-offset': '1' }
  const record = readDeadLetter(received(asDeadLetter({ ...poison, headers }, aside)))
  ensure(record?.kind === 'letter')
  expect(record.id).toBe('greetings/3/17')
  expect(record.headers).toStrictEqual(poison.headers)
})

it('a message about no message of that topic is no dead letter', () => {
  const letter = received(asDeadLetter(poison, aside))
  expect(readDeadLetter({ ...letter, headers: {} })).toBeUndefined()
  expect(readDeadLetter({ ...letter, topic: 'others.dlq' })).toBeUndefined()
  expect(readDeadLetter({ ...letter, headers: { ...letter.headers, 'dlq-offset': 'last' } })).toBeUndefined()
})

it('a letter without a usable time has that of its record', () => {
  const letter = received(asDeadLetter(poison, aside))
  const record = readDeadLetter({ ...letter, headers: { ...letter.headers, 'dlq-at': 'yesterday' } })
  expect(record?.at).toStrictEqual(letter.timestamp)
})
