import assert from 'node:assert/strict'
import { test } from 'node:test'
import { continuedTrace, newTraceparent, traceIdOf } from './trace.ts'

test('starts a sampled W3C trace with ids of its own', () => {
  assert.match(newTraceparent(), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  assert.notEqual(newTraceparent(), newTraceparent())
})

test('reads the trace id of a traceparent', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  assert.equal(traceIdOf(traceparent), '4bf92f3577b34da6a3ce929d0e0e4736')
})

test('gives no trace id for what is malformed or all zeros', () => {
  assert.equal(traceIdOf('nonsense'), undefined)
  assert.equal(traceIdOf(`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`), undefined)
})

test('goes on with a trace, and begins one when there is none that can be gone on with', () => {
  const traceparent = newTraceparent()
  assert.equal(continuedTrace(traceparent), traceparent)
  for (const none of [null, undefined, '', 'nonsense', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`])
    assert.match(continuedTrace(none), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
})
