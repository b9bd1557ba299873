import { expect, test } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import { pagesOf, searchProblems } from './pages.ts'

type Named = { id: string }
const list = (name = 'things') =>
  pagesOf<Named>({ name, usual: 2, largest: 200, write: ({ id }) => id, read: (id) => ({ id }) })
const first = { pageSize: 0, cursor: '' }
const things = ['17850 Zoë/?', 'b', 'c'].map((id) => ({ id }))

test('a page leads to the next one only when there is more than it holds', () => {
  const page = list()(first)
  expect(page.limit).toBe(3)
  expect(page.of(things).page).toStrictEqual(things.slice(0, 2))
  expect(page.of(things.slice(0, 2))).toStrictEqual({ page: things.slice(0, 2), nextCursor: '' })
  expect(page.of([])).toStrictEqual({ page: [], nextCursor: '' })
  const { nextCursor } = list()({ pageSize: 1, cursor: '' }).of(things)
  expect(list()({ pageSize: 0, cursor: nextCursor }).after).toStrictEqual({ id: '17850 Zoë/?' })
})

test('takes a page without a size or a cursor, and says what is wrong with any other', () => {
  const problems = (pageSize: number, cursor = '') => list()({ pageSize, cursor }).problems
  expect([...problems(0), ...problems(200)]).toStrictEqual([])
  for (const size of [-1, 201])
    expect(problems(size)).toStrictEqual(['page_size: must be a whole number from 1 to 200'])
  for (const cursor of ['x', 'AAAAAAAAYg', '\0', ' '])
    expect(problems(0, cursor).join()).toMatch(
      /^cursor: must be the nextCursor of an earlier page of this list/,
    )
})

test('knows a cursor of another list, of other filters, and one that was changed', () => {
  const { nextCursor: cursor } = list()(first, ['17850', ['paid']]).of(things)
  const isTaken = (name: string, filters: unknown[], text = cursor) =>
    list(name)({ pageSize: 0, cursor: text }, filters).problems.length === 0
  expect(isTaken('things', ['17850', ['paid']])).toBeTruthy()
  expect(isTaken('others', ['17850', ['paid']])).toBeFalsy()
  expect(isTaken('things', ['13047', ['paid']])).toBeFalsy()
  expect(isTaken('things', ['17850', []])).toBeFalsy()
  for (const text of [`${cursor}A`, cursor.slice(0, -1), `${cursor}=`, `${cursor} `])
    ensure(!isTaken('things', ['17850', ['paid']], text), text)
})

test('searches for at most 100 characters that can be seen', () => {
  expect(['', 'Zoë', 'x'.repeat(100)].flatMap(searchProblems)).toStrictEqual([])
  for (const search of ['x'.repeat(101), 'a\0b', ' ', 'a\u200bb'])
    expect(searchProblems(search).join()).toMatch(/^search: must/)
})
