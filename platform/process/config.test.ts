import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { ensure, satisfying } from '#platform/testing/expect.ts'
import { ConfigError, parseDuration, readConfig, zDuration, zList, zPort, zUrl } from './config.ts'

const Config = z.object({
  PORT: zPort.default(3000),
  POLL_EVERY: zDuration,
  DATABASE_URL: zUrl,
  KAFKA_BROKERS: zList,
  MODE: z.enum(['fast', 'slow']).default('fast'),
})
const good = { POLL_EVERY: '250ms', DATABASE_URL: 'postgres://u:p@h:5432/d', KAFKA_BROKERS: 'a:1, b:2' }

function complaints(env: Record<string, string>): string[] {
  try {
    readConfig(Config, env)
  } catch (error) {
    ensure(error instanceof ConfigError)
    return error.message.split('\n')
  }
  return []
}

test('reads the environment into typed values', () => {
  expect(readConfig(Config, { ...good, PORT: '80' })).toStrictEqual({
    PORT: 80,
    POLL_EVERY: 250,
    DATABASE_URL: good.DATABASE_URL,
    KAFKA_BROKERS: ['a:1', 'b:2'],
    MODE: 'fast',
  })
})

test('takes an empty variable for an unset one', () => {
  expect(readConfig(Config, { ...good, PORT: '' }).PORT).toBe(3000)
})

test('says in one line per variable what is wrong and what would be right', () => {
  expect(complaints({ PORT: '80a', POLL_EVERY: 'soon', DATABASE_URL: 'db', MODE: 'odd' })).toStrictEqual([
    'PORT is "80a"; wanted: a port number from 0 to 65535',
    'POLL_EVERY is "soon"; wanted: a duration such as 250ms, 30s, 10m, 2h or 3d',
    'DATABASE_URL is "db"; wanted: a URL such as postgres://user:password@host:5432/name or http://host:8080',
    'KAFKA_BROKERS is missing; wanted: at least one value, comma separated',
    'MODE is "odd"; wanted: one of "fast"|"slow"',
  ])
})

test('refuses ports beyond 65535 and lists of nothing', () => {
  expect(complaints({ ...good, PORT: '65536' }).length).toBe(1)
  expect(complaints({ ...good, KAFKA_BROKERS: ' , ' }).length).toBe(1)
})

test('never prints a password', () => {
  const Secret = z.object({ API_TOKEN: zPort, URL: zPort })
  expect(() => readConfig(Secret, { API_TOKEN: 'hunter2', URL: 'postgres://u:hunter2@h/d' })).toThrow(
    satisfying((error) => error instanceof Error && !error.message.includes('hunter2')),
  )
})

test('parses durations', () => {
  expect(['250ms', '30s', '1.5m', '2h', '3d'].map(parseDuration)).toStrictEqual([
    250, 30_000, 90_000, 7_200_000, 259_200_000,
  ])
  expect(() => parseDuration('10')).toThrow(/"10" is not a duration/)
})
