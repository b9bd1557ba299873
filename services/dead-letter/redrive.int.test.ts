import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { OutgoingMessage } from '#platform/kafka/kafka.ts'
import { ensure } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import { clock, event, startDeadLetters } from './fixtures.ts'
import { createRedrive } from './redrive.ts'

let letters: Awaited<ReturnType<typeof startDeadLetters>>
let read: string[]
beforeAll(async () => {
  letters = await startDeadLetters()
  read = await letters.consume('readers')
})
afterAll(() => letters.stop())

const anna = { redriveId: 'r1', by: 'staff:anna' as const }
const fixed = (status: string) => ({
  type: 'ShipmentEvent',
  json: JSON.stringify({ shipmentId: 's1', status }),
})

/** All messages of the topic under this key, the first one included. */
const published = async (key: string) =>
  (await letters.messagesIn(letters.topic)).filter((message) => message.key === key)

describe('redriving a dead letter', () => {
  it('publishes the message as it was and marks it; what is unreadable still is a new letter', async () => {
    const letterId = await letters.publishPoison('as-it-was', { 'message-id': 'm1', 'x-own': 'kept' })
    expect(await letters.redriveLetter({ letterId, ...anna })).toStrictEqual({ letterId, kind: 'redriven' })
    const [first, again, ...others] = await published('as-it-was')
    ensure(first && again)
    expect(others).toStrictEqual([])
    expect(again.value).toStrictEqual(first.value)
    expect(again.headers).toStrictEqual({ ...first.headers, 'redriven-by': 'staff:anna' })
    const { redriven } = (await letters.deadLetters.find(letterId)) ?? {}
    expect(redriven).toStrictEqual({ by: 'staff:anna', at: clock(), redriveId: 'r1' })
    const next = `${again.topic}/${again.partition}/${again.offset}`
    await until('it is put aside again', async () => (await letters.deadLetters.find(next)) !== undefined)
  })

  it('gives a message without an id one of the letter, so that its readers can be mended', async () => {
    const letterId = await letters.publishPoison('lacks-id', { 'x-own': 'kept' })
    await letters.redriveLetter({ letterId, ...anna })
    const [, again] = await published('lacks-id')
    expect(again?.headers['message-id'] ?? '').toMatch(/^[0-9a-f-]{36}$/)
    expect(again?.headers['x-own']).toBe('kept')
  })

  it('publishes another content under the message id that the original had', async () => {
    const letterId = await letters.publishPoison('with-id', { 'message-id': 'm2' })
    const replacement = fixed('replaced with-id')
    expect((await letters.redriveLetter({ letterId, ...anna, replacement })).kind).toBe('redriven')
    await until('it is read', () => read.includes('replaced with-id'))
    const [, again] = await published('with-id')
    expect([again?.headers['message-id'], again?.headers.type]).toStrictEqual(['m2', 'ShipmentEvent'])
    expect(again?.headers.traceparent ?? '').toMatch(/^00-/)
  })

  it('gives another content a message id of the letter when the original had none, the same each time', async () => {
    const letterId = await letters.publishPoison('no-id', {})
    const replacement = fixed('replaced no-id')
    const sent: OutgoingMessage[] = []
    const crashing = createRedrive({
      ...letters,
      clock,
      producer: { send: async (messages) => void sent.push(...messages) },
    })
    await crashing({ letterId, ...anna, replacement })
    await letters.redriveLetter({ letterId, ...anna, replacement })
    const [, again] = await published('no-id')
    expect(again?.headers['message-id'] ?? '').toMatch(/^[0-9a-f-]{36}$/)
    expect(again?.headers['message-id']).toBe(sent[0]?.headers['message-id'])
    await until('it is read', () => read.includes('replaced no-id'))
  })

  it('publishes nothing when the other content is no such message, and names the field', async () => {
    const letterId = await letters.publishPoison('wrong')
    const replacement = { type: 'ShipmentEvent', json: '{"status":7}' }
    const refused = await letters.redriveLetter({ letterId, ...anna, replacement })
    ensure(refused.kind === 'invalid_replacement')
    expect(refused.problem).toMatch(/logistics.v1.ShipmentEvent.status/)
    expect((await published('wrong')).length).toBe(1)
    expect((await letters.deadLetters.find(letterId))?.redriven).toBeUndefined()
  })

  it('redrives a letter once, however many ask at the same time; a repeat of one request gets its answer', async () => {
    const letterId = await letters.publishPoison('once')
    const ask = (redriveId: string) => letters.redriveLetter({ letterId, ...anna, redriveId })
    const kinds = await Promise.all(
      ['r1', 'r1', 'r2', 'r3'].map(async (redriveId) => (await ask(redriveId)).kind),
    )
    expect(kinds).toStrictEqual(['redriven', 'redriven', 'already_redriven', 'already_redriven'])
    expect((await published('once')).length).toBe(2)
  })

  it('publishes twice, under one message id, when it dies before it has marked the letter', async () => {
    const letterId = await letters.publishPoison('dies', { 'message-id': 'm4' })
    let sends = 0
    const send = async (messages: readonly OutgoingMessage[]) => {
      if (++sends === 2) throw new Error('killed')
      return letters.producer.send(messages)
    }
    const dying = createRedrive({ ...letters, clock, producer: { send } })
    await expect(dying({ letterId, ...anna })).rejects.toThrow(/killed/)
    expect((await letters.redriveLetter({ letterId, ...anna })).kind).toBe('redriven')
    const ids = (await published('dies')).map(({ headers }) => headers['message-id'])
    expect(ids).toStrictEqual(['m4', 'm4', 'm4'])
  })

  it('finds no letter that is not there', async () => {
    const letterId = `${letters.topic}/0/4711`
    expect(await letters.redriveLetter({ letterId, ...anna })).toStrictEqual({ letterId, kind: 'gone' })
  })

  it('keeps nothing unread behind a poison', async () => {
    await letters.producer.send([
      { topic: letters.topic, key: 'after', value: event('after all'), headers: { 'message-id': 'a' } },
    ])
    await until('it is read', () => read.includes('after all'))
  })
})

describe('a dead-letter topic that is deleted and made anew', () => {
  it('is read anew, and what it held before is gone', async () => {
    const other = await startDeadLetters()
    try {
      await other.consume('readers')
      const before = await other.publishPoison('before')
      const name = `${other.topic}.dlq`
      await other.kafka.deleteTopics([name])
      await until('it is gone', async () => (await other.deadLetters.find(before)) === undefined)
      await other.kafka.createTopics([{ topic: name, partitions: 1 }])
      const after = await other.publishPoison('after')
      const left = await other.deadLetters.list({ withRedriven: true, limit: 9 })
      expect(left.map(({ id }) => id)).toStrictEqual([after])
    } finally {
      await other.stop()
    }
  })
})
