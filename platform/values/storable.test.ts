import { expect, test } from '@jest/globals'
import { storable } from './storable.ts'

test('keeps a text in a form that a database takes, and not for ever long', () => {
  expect(storable('broken\non arrival ☹')).toBe('broken\non arrival ☹')
  expect(storable('bro\0ken \ud83d')).toBe('broken \ufffd')
  expect(storable('😀'.repeat(2_000)).length).toBe(2_000)
  expect(storable(`x${'😀'.repeat(2_000)}`).isWellFormed()).toBeTruthy()
})
