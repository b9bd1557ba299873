// What tests against real servers share.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, openDatabase } from '../postgres/database.ts'
import { createLogger } from '../process/logger.ts'

export const silent = createLogger({ process: 'test', level: process.env.TEST_LOG_LEVEL ?? 'silent' })

export const randomName = (prefix: string): string => `${prefix}_${randomBytes(6).toString('hex')}`

/** The address of a server that the tests need. Throws, for a test that cannot run has not passed. */
export function testServer(
  variable: 'TEST_POSTGRES_URL' | 'TEST_KAFKA_BROKERS' | 'TEST_REDIS_URL' | 'TEST_TEMPORAL_ADDRESS',
): string {
  const address = process.env[variable]
  if (!address) throw new Error(`${variable} is not set; "npm test" starts the servers and sets it`)
  return address
}

export type TestDatabase = { url: string; database: Database; drop(): Promise<void> }

/** A new, empty database on the test server. */
export async function createTestDatabase(prefix = 'platform'): Promise<TestDatabase> {
  const serverUrl = testServer('TEST_POSTGRES_URL')
  const name = randomName(prefix)
  const asSuperuser = async (sql: string) => {
    const server = openDatabase(serverUrl, { max: 1, statementTimeout: 60_000 })
    try {
      await server.query(sql)
    } finally {
      await server.close()
    }
  }
  await asSuperuser(`create database ${name}`)
  const url = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href
  const database = openDatabase(url)
  return {
    url,
    database,
    drop: async () => {
      await database.close()
      await asSuperuser(`drop database ${name} with (force)`)
    },
  }
}

/** Polls until `probe` gives something truthy; throws after `within` milliseconds. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  within = 30_000,
): Promise<NonNullable<T>> {
  for (const deadline = Date.now() + within; ; ) {
    const found = await probe()
    if (found) return found
    if (Date.now() > deadline) throw new Error(`still not so after ${within} ms: ${what}`)
    await sleep(20)
  }
}
