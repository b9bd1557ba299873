import { expect, it } from '@jest/globals'
import type { DeadLetter } from '#platform/messaging/dead-letters.ts'
import { readPosition, writePosition } from './cursor.ts'
import { createTopicIndex } from './topic-index.ts'

const at = (second: number) => new Date(Date.UTC(2010, 11, 1, 8, 26, second))
const slot = (offset: number) => ({ topic: 'orders.dlq', partition: 0, offset: BigInt(offset) })
const letter = (id: string, second = 0, group = 'one'): DeadLetter => ({
  kind: 'letter',
  id,
  topic: 'orders',
  group,
  cause: 'unreadable',
  reason: 'no',
  at: at(second),
  key: 'k',
  value: new Uint8Array(),
  headers: {},
})
const marker = (id: string) => ({
  kind: 'redriven' as const,
  id,
  by: 'staff:anna',
  at: at(9),
  redriveId: 'r1',
})
const all = { withRedriven: true, limit: 10 }
const idsOf = (letters: { id: string }[]) => letters.map(({ id }) => id)

it('makes one letter of a message that several groups could not read, repeats included', () => {
  const shelf = createTopicIndex()
  for (const [i, group] of ['one', 'two', 'one', ''].entries()) shelf.put(slot(i), letter('a', i, group))
  const [only, ...others] = shelf.list(all)
  expect([only?.groups, only?.at, others]).toStrictEqual([['one', 'two'], at(0), []])
})

it('leaves out redriven letters unless asked; a group that reads late opens none again', () => {
  const shelf = createTopicIndex()
  shelf.put(slot(0), letter('a'))
  shelf.put(slot(1), letter('b'))
  shelf.put(slot(2), marker('a'))
  shelf.put(slot(3), letter('a', 0, 'late'))
  expect(idsOf(shelf.list({ ...all, withRedriven: false }))).toStrictEqual(['b'])
  expect(shelf.get('a')?.redriven).toStrictEqual({ by: 'staff:anna', at: at(9), redriveId: 'r1' })
})

it('lists page after page, newest first, those of one moment included', () => {
  const shelf = createTopicIndex()
  for (const [i, id] of ['c', 'a', 'e', 'b', 'd'].entries()) shelf.put(slot(i), letter(id, i < 3 ? 1 : 2))
  const seen: string[] = []
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = shelf.list({
      withRedriven: false,
      limit: 2,
      after: after === '' ? undefined : readPosition(after),
    })
    seen.push(...idsOf(page))
    const last = page.at(-1)
    after = last && writePosition(last)
  }
  expect(seen).toStrictEqual(['d', 'b', 'e', 'c', 'a'])
})

it('forgets what Kafka has dropped, and its marker then marks nothing', () => {
  const shelf = createTopicIndex()
  shelf.put(slot(0), letter('a'))
  shelf.put(slot(1), letter('b'))
  shelf.forget(slot(1))
  shelf.put(slot(2), marker('a'))
  expect(idsOf(shelf.list(all))).toStrictEqual(['b'])
})

it('keeps a letter while one of its records is there', () => {
  const shelf = createTopicIndex()
  shelf.put(slot(0), letter('a'))
  shelf.put(slot(1), letter('a', 0, 'two'))
  shelf.forget(slot(1))
  expect(idsOf(shelf.list(all))).toStrictEqual(['a'])
})

it('reads no position that it did not write', () => {
  for (const text of ['', 'x', 'yesterday a']) expect(readPosition(text)).toBeUndefined()
})
