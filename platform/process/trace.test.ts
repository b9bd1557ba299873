import { expect, test } from '@jest/globals'
import { continuedTrace, newTraceparent, traceIdOf } from './trace.ts'

test('starts a sampled W3C trace with ids of its own', () => {
  expect(newTraceparent()).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  expect(newTraceparent()).not.toBe(newTraceparent())
})

test('reads the trace id of a traceparent', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  expect(traceIdOf(traceparent)).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
})

test('gives no trace id for what is malformed or all zeros', () => {
  expect(traceIdOf('nonsense')).toBeUndefined()
  expect(traceIdOf(`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`)).toBeUndefined()
})

test('goes on with a trace, and begins one when there is none that can be gone on with', () => {
  const traceparent = newTraceparent()
  expect(continuedTrace(traceparent)).toBe(traceparent)
  for (const none of [null, undefined, '', 'nonsense', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`])
    expect(continuedTrace(none)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
})
