import { expect, test } from '@jest/globals'
import { plainCause, plainCauseOf } from './plain-cause.ts'

const step = { service: 'payment' as const, state: 'waiting' as const, lastFailure: null, workerSeenAt: null }

test('what holds a step up is said in words for people', () => {
  expect(plainCause({ ...step, state: 'queued' })).toBe(
    'No worker of payment takes it: the service seems to be down.',
  )
  const failed = { ...step, workerSeenAt: '2026-11-27T10:00:00.000Z' }
  expect(plainCause({ ...failed, lastFailure: 'connect ECONNREFUSED 127.0.0.1:5432' })).toBe(
    'Payment cannot reach what it needs, such as its database.',
  )
  expect(plainCause({ ...failed, lastFailure: 'timeout exceeded when trying to connect' })).toBe(
    'Payment does not answer in time.',
  )
  expect(plainCause({ ...failed, lastFailure: 'relation does not exist' })).toBe('Payment fails each time.')
  expect(plainCause({ ...failed, state: 'paused' })).toBe('It rests until somebody lets it go on.')
})

test('of a step alone its service is said, and nothing where its own words are plain', () => {
  const error = 'database "payment" is not currently accepting connections'
  expect(plainCauseOf('charge', error)).toBe('Payment cannot reach what it needs, such as its database.')
  expect(plainCauseOf('track', 'no event for 72 h')).toBeNull()
  expect(plainCauseOf('workflow', 'its workflow was terminated')).toBeNull()
})
