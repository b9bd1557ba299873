import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt'
import { expect, test } from '@jest/globals'
import { satisfying } from '#platform/testing/expect.ts'
import { decode, encode, messageHeaders, readHeaders, UnreadableMessage } from './messages.ts'

const sent = {
  id: 'm-1',
  type: 'Happened',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
}

test('encodes and decodes a protobuf message', () => {
  const bytes = encode(TimestampSchema, { seconds: 12n, nanos: 5 })
  const message: Timestamp = decode(TimestampSchema, bytes)
  expect([message.seconds, message.nanos]).toStrictEqual([12n, 5])
})

test('calls bytes that are no such message unreadable, with the reason', () => {
  expect(() => decode(TimestampSchema, new Uint8Array([0xff, 0xff]))).toThrow(
    satisfying(
      (error) =>
        error instanceof UnreadableMessage && error.message.startsWith('no google.protobuf.Timestamp: '),
    ),
  )
})

test('carries id, type and trace in headers', () => {
  expect(readHeaders({ headers: messageHeaders(sent) })).toStrictEqual(sent)
})

test('starts a trace for a message that has none', () => {
  const { traceparent } = readHeaders({ headers: { 'message-id': 'm-1' } })
  expect(traceparent).toMatch(/^00-/)
})

test('starts a trace for a message whose trace nobody could pass on', () => {
  const { traceparent } = readHeaders({ headers: { 'message-id': 'm-1', traceparent: '00-\n' } })
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-/)
})

test('calls a message unreadable whose id no database would take', () => {
  for (const id of ['a\0b', 'x'.repeat(201), '😀'.repeat(51), ' ', 'a\u200bb']) {
    expect(() => readHeaders({ headers: { 'message-id': id } })).toThrow(UnreadableMessage)
  }
})

test('calls a message without an id unreadable', () => {
  expect(() => readHeaders({ headers: { type: 'Happened' } })).toThrow(UnreadableMessage)
})
