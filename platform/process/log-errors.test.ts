import { createContext, runInContext } from 'node:vm'
import { Code, ConnectError } from '@connectrpc/connect'
import { describe, expect, it } from '@jest/globals'
import { ApplicationFailure } from '@temporalio/common'
import kafkajs from 'kafkajs'
import { DatabaseError } from 'pg'
import { ensure } from '#platform/testing/expect.ts'
import { temporalLogger } from '../temporal/runtime.ts'
import { createLogger, reasonOf } from './logger.ts'

class StockError extends Error {
  override name = 'StockError'
}
const circular: Error & { self?: unknown; held?: unknown } = new StockError('round')
circular.self = circular
circular.held = { by: circular }

const ownWords = new Error('it will not be told')
Object.defineProperty(ownWords, 'secret', {
  enumerable: true,
  get: () => {
    throw new Error('no')
  },
})

function fromPostgres(): Error {
  const fault = new DatabaseError('violates check constraint', 10, 'error')
  return Object.assign(fault, { code: '23514', detail: 'Failing row contains (Ada Example).', where: 'Ada' })
}

/** What is thrown, what its line must hold, and the short reason. */
const thrown: Record<string, [value: unknown, line: RegExp, reason: string]> = {
  'a string': [
    '9 FAILED_PRECONDITION: busy',
    /"err":"9 FAILED_PRECONDITION: busy"/,
    '9 FAILED_PRECONDITION: busy',
  ],
  'an empty string': ['', /"err":""/, ''],
  null: [null, /"err":null/, 'null'],
  'a number': [42, /"err":42/, '42'],
  'a big integer': [42n, /"err":42/, '42n'],
  'a symbol': [Symbol('odd'), /"msg"/, 'Symbol(odd)'],
  'a function': [() => {}, /"msg"/, '[Function (anonymous)]'],
  'an object': [
    { code: 7, reason: 'odd' },
    /"err":\{"code":7,"reason":"odd"\}/,
    "{ code: 7, reason: 'odd' }",
  ],
  'an object without a prototype': [Object.create(null), /"err":\{\}/, '[Object: null prototype] {}'],
  'an array': [['a', 'b'], /"err":\["a","b"\]/, "[ 'a', 'b' ]"],
  'an Error': [new Error('late'), /"type":"Error","message":"late","stack":"Error: late/, 'late'],
  'a subclass': [new StockError('none left'), /"type":"StockError","message":"none left"/, 'none left'],
  'an Error without words': [new StockError(), /"type":"StockError","message":""/, 'StockError'],
  'an Error of another realm': [
    runInContext("new TypeError('from afar')", createContext()),
    /"message":"from afar"/,
    'from afar',
  ],
  'an Error whose message is none': [
    Object.assign(new Error('x'), { message: 5 }),
    /"err":"Error: 5/,
    'Error: 5',
  ],
  'a chain of causes': [
    new Error('outer', { cause: new Error('middle', { cause: 'the root' }) }),
    /outer.*middle/,
    'outer',
  ],
  'an AggregateError': [
    new AggregateError([new Error('refused'), 'text']),
    /"aggregateErrors":\[\{"type":"Error","message":"refused".*"text"\]/,
    'refused',
  ],
  'an empty AggregateError': [new AggregateError([]), /"type":"AggregateError"/, 'AggregateError'],
  'a refusal of gRPC': [
    new ConnectError('no such order', Code.NotFound),
    /"message":"\[not_found\] no such order".*"code":5/,
    '[not_found] no such order',
  ],
  'a failure of Temporal': [
    ApplicationFailure.create({ message: 'declined' }),
    /"message":"declined"/,
    'declined',
  ],
  'a fault of kafkajs': [
    new kafkajs.KafkaJSNumberOfRetriesExceeded(new Error('broker away'), { retryCount: 3, retryTime: 9 }),
    /"message":"broker away.*"retryCount":3/,
    'broker away',
  ],
  'a fault of Postgres': [fromPostgres(), /"code":"23514"/, 'violates check constraint'],
  'faults of Postgres inside others': [
    Object.assign(new AggregateError([fromPostgres()], 'both failed'), { original: fromPostgres() }),
    /"original":\{.*"code":"23514"/,
    'both failed',
  ],
  'a circle': [circular, /"message":"round"/, 'round'],
  'an Error that throws when it is read': [
    ownWords,
    /"err":"a fault that cannot be told"/,
    'it will not be told',
  ],
  'a connection string': [
    new Error('cannot reach postgres://app:s3cret@db/x'),
    /postgres:\/\/app:\*\*\*@db/,
    'cannot reach postgres://app:***@db/x',
  ],
}

describe('a log line about something thrown', () => {
  for (const [what, [value, expected, reason]] of Object.entries(thrown)) {
    for (const name of ['err', 'error'])
      it(`tells ${what} under "${name}", in one line, without letters as keys`, () => {
        const lines: string[] = []
        const logger = createLogger({ process: 'test', destination: { write: (line) => lines.push(line) } })
        logger.error({ [name]: value }, 'failed')
        const line = lines.join('')
        const { msg, ...told } = JSON.parse(line) as Record<string, unknown>
        expect(msg).toBe('failed')
        expect(line.replace(`"${name}":`, '"err":')).toMatch(expected)
        expect(line).not.toMatch(/"0":/)
        expect(line).not.toMatch(/Ada|s3cret/)
        ensure(told.level)
      })

    it(`gives the reason of ${what}`, () => expect(reasonOf(value)).toBe(reason))
  }

  it('is text when the Temporal SDK gives the error as text', () => {
    const lines: string[] = []
    const logger = createLogger({ process: 'test', destination: { write: (line) => lines.push(line) } })
    temporalLogger(logger).warn('Failing workflow task', { error: '10 ABORTED: try again' })
    expect((JSON.parse(lines.join('')) as { error: unknown }).error).toBe('10 ABORTED: try again')
  })
})
