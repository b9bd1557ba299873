import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storable } from './storable.ts'

test('keeps a text in a form that a database takes, and not for ever long', () => {
  assert.equal(storable('broken\non arrival ☹'), 'broken\non arrival ☹')
  assert.equal(storable('bro\0ken \ud83d'), 'broken \ufffd')
  assert.equal(storable('😀'.repeat(2_000)).length, 2_000)
  assert.ok(storable(`x${'😀'.repeat(2_000)}`).isWellFormed())
})
