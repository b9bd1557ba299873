import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { OutgoingMessage } from '#platform/kafka/kafka.ts'
import { until } from '#platform/testing/fixtures.ts'
import { clock, event, startDeadLetters } from './fixtures.ts'
import { createRedrive } from './redrive.ts'

let letters: Awaited<ReturnType<typeof startDeadLetters>>
let read: string[]
before(async () => {
  letters = await startDeadLetters()
  read = await letters.consume('readers')
})
after(() => letters.stop())

const anna = { redriveId: 'r1', by: 'staff:anna' as const }
const fixed = (status: string) => ({
  type: 'ShipmentEvent',
  json: JSON.stringify({ shipmentId: 's1', status }),
})

/** All messages of the topic under this key, the first one included. */
const published = async (key: string) =>
  (await letters.messagesIn(letters.topic)).filter((message) => message.key === key)

describe('redriving a dead letter', { timeout: 60_000 }, () => {
  it('publishes the message as it was and marks it; what is unreadable still is a new letter', async () => {
    const letterId = await letters.publishPoison('as-it-was', { 'message-id': 'm1', 'x-own': 'kept' })
    assert.deepEqual(await letters.redriveLetter({ letterId, ...anna }), { letterId, kind: 'redriven' })
    const [first, again, ...others] = await published('as-it-was')
    assert.ok(first && again)
    assert.deepEqual(others, [])
    assert.deepEqual(again.value, first.value)
    assert.deepEqual(again.headers, { ...first.headers, 'redriven-by': 'staff:anna' })
    const { redriven } = (await letters.book.find(letterId)) ?? {}
    assert.deepEqual(redriven, { by: 'staff:anna', at: clock(), redriveId: 'r1' })
    const next = `${again.topic}/${again.partition}/${again.offset}`
    await until('it is put aside again', async () => (await letters.book.find(next)) !== undefined)
  })

  it('gives a message without an id one of the letter, so that its readers can be mended', async () => {
    const letterId = await letters.publishPoison('lacks-id', { 'x-own': 'kept' })
    await letters.redriveLetter({ letterId, ...anna })
    const [, again] = await published('lacks-id')
    assert.match(again?.headers['message-id'] ?? '', /^[0-9a-f-]{36}$/)
    assert.equal(again?.headers['x-own'], 'kept')
  })

  it('publishes another content under the message id that the original had', async () => {
    const letterId = await letters.publishPoison('with-id', { 'message-id': 'm2' })
    const replacement = fixed('replaced with-id')
    assert.equal((await letters.redriveLetter({ letterId, ...anna, replacement })).kind, 'redriven')
    await until('it is read', () => read.includes('replaced with-id'))
    const [, again] = await published('with-id')
    assert.deepEqual([again?.headers['message-id'], again?.headers.type], ['m2', 'ShipmentEvent'])
    assert.match(again?.headers.traceparent ?? '', /^00-/)
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
    assert.match(again?.headers['message-id'] ?? '', /^[0-9a-f-]{36}$/)
    assert.equal(again?.headers['message-id'], sent[0]?.headers['message-id'])
    await until('it is read', () => read.includes('replaced no-id'))
  })

  it('publishes nothing when the other content is no such message, and names the field', async () => {
    const letterId = await letters.publishPoison('wrong')
    const replacement = { type: 'ShipmentEvent', json: '{"status":7}' }
    const refused = await letters.redriveLetter({ letterId, ...anna, replacement })
    assert.ok(refused.kind === 'invalid_replacement')
    assert.match(refused.problem, /logistics.v1.ShipmentEvent.status/)
    assert.equal((await published('wrong')).length, 1)
    assert.equal((await letters.book.find(letterId))?.redriven, undefined)
  })

  it('redrives a letter once, however many ask at the same time; a repeat of one request gets its answer', async () => {
    const letterId = await letters.publishPoison('once')
    const ask = (redriveId: string) => letters.redriveLetter({ letterId, ...anna, redriveId })
    const kinds = await Promise.all(
      ['r1', 'r1', 'r2', 'r3'].map(async (redriveId) => (await ask(redriveId)).kind),
    )
    assert.deepEqual(kinds, ['redriven', 'redriven', 'already_redriven', 'already_redriven'])
    assert.equal((await published('once')).length, 2)
  })

  it('publishes twice, under one message id, when it dies before it has marked the letter', async () => {
    const letterId = await letters.publishPoison('dies', { 'message-id': 'm4' })
    let sends = 0
    const send = async (messages: readonly OutgoingMessage[]) => {
      if (++sends === 2) throw new Error('killed')
      return letters.producer.send(messages)
    }
    const dying = createRedrive({ ...letters, clock, producer: { send } })
    await assert.rejects(dying({ letterId, ...anna }), /killed/)
    assert.equal((await letters.redriveLetter({ letterId, ...anna })).kind, 'redriven')
    const ids = (await published('dies')).map(({ headers }) => headers['message-id'])
    assert.deepEqual(ids, ['m4', 'm4', 'm4'])
  })

  it('finds no letter that is not there', async () => {
    const letterId = `${letters.topic}/0/4711`
    assert.deepEqual(await letters.redriveLetter({ letterId, ...anna }), { letterId, kind: 'gone' })
  })

  it('keeps nothing unread behind a poison', async () => {
    await letters.producer.send([
      { topic: letters.topic, key: 'after', value: event('after all'), headers: { 'message-id': 'a' } },
    ])
    await until('it is read', () => read.includes('after all'))
  })
})

describe('a dead-letter topic that is deleted and made anew', { timeout: 60_000 }, () => {
  it('is read anew, and what it held before is gone', async () => {
    const other = await startDeadLetters()
    try {
      await other.consume('readers')
      const before = await other.publishPoison('before')
      const name = `${other.topic}.dlq`
      await other.kafka.deleteTopics([name])
      await until('it is gone', async () => (await other.book.find(before)) === undefined)
      await other.kafka.createTopics([{ topic: name, partitions: 1 }])
      const after = await other.publishPoison('after')
      const left = await other.book.list({ withRedriven: true, limit: 9 })
      assert.deepEqual(
        left.map(({ id }) => id),
        [after],
      )
    } finally {
      await other.stop()
    }
  })
})
