import { expect, test } from '@jest/globals'
import { userProblems } from './user-rules.ts'

const ann = { userName: 'Ann', password: 'correct horse', role: 'staff', id: 'ann' }

test('a user name is an id or an e-mail address', () => {
  const zoe = { userName: 'Zoe@Example.com', password: '12345678', role: 'customer', id: '17850' }
  expect(userProblems([ann, zoe])).toStrictEqual([])
})

test('names the field of each thing that is wrong, and never the password', () => {
  const wrong = { userName: 'ann smith', password: 'hunter2', role: 'boss', id: '' }
  expect(userProblems([ann, wrong])).toStrictEqual([
    'users[1].user_name: must be 1 to 64 letters, digits, dots, underscores or hyphens, not dots alone, or an e-mail address',
    'users[1].password: must be 8 to 200 characters',
    'users[1].role: must be customer or staff',
    'users[1].id: must be 1 to 64 letters, digits, dots, underscores or hyphens, not dots alone',
  ])
  expect(userProblems([{ ...ann, password: 'x'.repeat(201) }]).length).toStrictEqual(1)
})

test('refuses a name that is duplicated, whatever its capitals, and more than 100', () => {
  expect(userProblems([ann, { ...ann, userName: 'ann' }])).toStrictEqual([
    'users[1].user_name: ann is duplicated',
  ])
  const crowd = Array.from({ length: 101 }, (_, i) => ({ ...ann, userName: `u${i}` }))
  expect(userProblems(crowd)).toStrictEqual(['users: must be at most 100 in one request'])
})
