import { expect, test } from '@jest/globals'
import { createLogger, reasonOf, withoutSecrets } from './logger.ts'

test('writes one JSON line per event, with the bindings of the caller', () => {
  const lines: string[] = []
  const logger = createLogger({ process: 'relay', destination: { write: (line) => lines.push(line) } })
  logger.child({ traceId: 't-1' }).warn({ count: 2 }, 'late')
  const { time, ...line } = JSON.parse(lines.join(''))
  expect(line).toStrictEqual({ level: 'warn', process: 'relay', traceId: 't-1', count: 2, msg: 'late' })
  expect(new Date(time).toISOString()).toBe(time)
})

test('stars out the password of a connection string', () => {
  expect(withoutSecrets('postgres://app:s3cret@db:5432/x?sslmode=require')).toBe(
    'postgres://app:***@db:5432/x?sslmode=require',
  )
  expect(withoutSecrets('redis://:s3cret@cache:6379')).toBe('redis://:***@cache:6379')
  expect(withoutSecrets('postgres://a:s1@db:5432/x,postgres://a:s2@db:5432/y')).toBe(
    'postgres://a:***@db:5432/x,postgres://a:***@db:5432/y',
  )
  expect(withoutSecrets('http://db:5432/x')).toBe('http://db:5432/x')
})

test('gives the reason of a fault in one line', () => {
  expect(reasonOf(new Error('first\nsecond'))).toBe('first')
  expect(reasonOf(new AggregateError([new Error('refused')]))).toBe('refused')
  expect(reasonOf('just text')).toBe('just text')
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
  expect([told.err.message, told.err.code]).toStrictEqual(['violates check constraint', '23514'])
  expect(lines[0] ?? '').not.toMatch(/Ada Example/)
})
