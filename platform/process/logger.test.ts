import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger, reasonOf, withoutSecrets } from './logger.ts'

test('writes one JSON line per event, with the bindings of the caller', () => {
  const lines: string[] = []
  const logger = createLogger({ process: 'relay', destination: { write: (line) => lines.push(line) } })
  logger.child({ traceId: 't-1' }).warn({ count: 2 }, 'late')
  const { time, ...line } = JSON.parse(lines.join(''))
  assert.deepEqual(line, { level: 'warn', process: 'relay', traceId: 't-1', count: 2, msg: 'late' })
  assert.equal(new Date(time).toISOString(), time)
})

test('stars out the password of a connection string', () => {
  assert.equal(
    withoutSecrets('postgres://app:s3cret@db:5432/x?sslmode=require'),
    'postgres://app:***@db:5432/x?sslmode=require',
  )
  assert.equal(withoutSecrets('redis://:s3cret@cache:6379'), 'redis://:***@cache:6379')
  assert.equal(
    withoutSecrets('postgres://a:s1@db:5432/x,postgres://a:s2@db:5432/y'),
    'postgres://a:***@db:5432/x,postgres://a:***@db:5432/y',
  )
  assert.equal(withoutSecrets('http://db:5432/x'), 'http://db:5432/x')
})

test('gives the reason of a fault in one line', () => {
  assert.equal(reasonOf(new Error('first\nsecond')), 'first')
  assert.equal(reasonOf(new AggregateError([new Error('refused')])), 'refused')
  assert.equal(reasonOf('just text'), 'just text')
})

test('a fault of Postgres is told without the row that it quotes', () => {
  const lines: string[] = []
  const logger = createLogger({ process: 'test', destination: { write: (line) => void lines.push(line) } })
  const fault = Object.assign(new Error('violates check constraint'), {
    code: '23514',
    detail: 'Failing row contains (17850, Ada Example).',
  })
  logger.error({ err: fault }, 'failed')
  const told = JSON.parse(lines[0] ?? '') as { err: { message: string; code: string; stack: string } }
  assert.deepEqual([told.err.message, told.err.code], ['violates check constraint', '23514'])
  assert.doesNotMatch(lines[0] ?? '', /Ada/)
})
