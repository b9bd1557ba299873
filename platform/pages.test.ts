import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cursorOf, pageOf, pageProblems, searchProblems, textIn } from './pages.ts'

const after = (id: string) => `after ${id}`

test('a page leads to the next one only when there is more than it holds', () => {
  assert.deepEqual(pageOf(['a', 'b', 'c'], 2, after), { page: ['a', 'b'], nextCursor: 'after b' })
  assert.deepEqual(pageOf(['a', 'b'], 2, after), { page: ['a', 'b'], nextCursor: '' })
  assert.deepEqual(pageOf([], 2, after), { page: [], nextCursor: '' })
})

test('takes a page without a size or a cursor, and says what is wrong with any other', () => {
  const rules = { usual: 50, largest: 200, isCursor: (cursor: string) => cursor === 'b' }
  const problems = (pageSize: number, cursor: string) => pageProblems({ pageSize, cursor }, rules)
  assert.deepEqual([...problems(0, ''), ...problems(200, 'b')], [])
  const wrong = 'page_size: must be from 1 to 200, or 0 for 50'
  assert.deepEqual(problems(-1, ''), [wrong])
  assert.deepEqual(problems(201, 'x'), [wrong, 'cursor: must be one that an earlier page gave'])
})

test('searches for at most 100 printable characters', () => {
  assert.deepEqual(['', 'Zoë', 'x'.repeat(100)].flatMap(searchProblems), [])
  for (const search of ['x'.repeat(101), 'a\0b'])
    assert.match(searchProblems(search).join(), /^search: must be/)
})

test('a cursor carries any text', () => assert.equal(textIn(cursorOf('17850 Zoë/?')), '17850 Zoë/?'))
