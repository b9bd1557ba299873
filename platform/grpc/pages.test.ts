import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pagesOf, searchProblems } from './pages.ts'

type Named = { id: string }
const list = (name = 'things') =>
  pagesOf<Named>({ name, usual: 2, largest: 200, write: ({ id }) => id, read: (id) => ({ id }) })
const first = { pageSize: 0, cursor: '' }
const things = ['17850 Zoë/?', 'b', 'c'].map((id) => ({ id }))

test('a page leads to the next one only when there is more than it holds', () => {
  const page = list()(first)
  assert.equal(page.limit, 3)
  assert.deepEqual(page.of(things).page, things.slice(0, 2))
  assert.deepEqual(page.of(things.slice(0, 2)), { page: things.slice(0, 2), nextCursor: '' })
  assert.deepEqual(page.of([]), { page: [], nextCursor: '' })
  const { nextCursor } = list()({ pageSize: 1, cursor: '' }).of(things)
  assert.deepEqual(list()({ pageSize: 0, cursor: nextCursor }).after, { id: '17850 Zoë/?' })
})

test('takes a page without a size or a cursor, and says what is wrong with any other', () => {
  const problems = (pageSize: number, cursor = '') => list()({ pageSize, cursor }).problems
  assert.deepEqual([...problems(0), ...problems(200)], [])
  for (const size of [-1, 201])
    assert.deepEqual(problems(size), ['page_size: must be a whole number from 1 to 200'])
  for (const cursor of ['x', 'AAAAAAAAYg', '\0', ' '])
    assert.match(
      problems(0, cursor).join(),
      /^cursor: must be the nextCursor of an earlier page of this list/,
    )
})

test('knows a cursor of another list, of other filters, and one that was changed', () => {
  const { nextCursor: cursor } = list()(first, ['17850', ['paid']]).of(things)
  const isTaken = (name: string, filters: unknown[], text = cursor) =>
    list(name)({ pageSize: 0, cursor: text }, filters).problems.length === 0
  assert.ok(isTaken('things', ['17850', ['paid']]))
  assert.ok(!isTaken('others', ['17850', ['paid']]))
  assert.ok(!isTaken('things', ['13047', ['paid']]))
  assert.ok(!isTaken('things', ['17850', []]))
  for (const text of [`${cursor}A`, cursor.slice(0, -1), `${cursor}=`, `${cursor} `])
    assert.ok(!isTaken('things', ['17850', ['paid']], text), text)
})

test('searches for at most 100 characters that can be seen', () => {
  assert.deepEqual(['', 'Zoë', 'x'.repeat(100)].flatMap(searchProblems), [])
  for (const search of ['x'.repeat(101), 'a\0b', ' ', 'a\u200bb'])
    assert.match(searchProblems(search).join(), /^search: must/)
})
