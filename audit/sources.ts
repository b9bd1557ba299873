import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import type { DatabaseOwner } from '#contracts/services.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { reasonOf } from '#platform/process/logger.ts'
import { within } from '#platform/process/within.ts'
import type { KafkaSource } from './facts/kafka.ts'

/** One of a service's databases, under a name that tells it from the others. */
export type Shard = { name: string; sql: Sql }

/** Each service's databases: those that are sharded have several. */
export type Databases = Record<DatabaseOwner, readonly Shard[]>

/** Hears, as often as there is news, what is being counted and how far the count is. */
export type OnProgress = (what: string, done: number) => void

/** Everything that the audit reads; it writes nowhere. */
export type Sources = {
  databases: Databases
  temporal: Client
  kafka: KafkaSource | undefined
  /** Only what has changed since then, and what is still open; null: everything. */
  since: Date | null
  /** An outbox message that has waited longer, in ms, is stuck. */
  patience: number
  /** A parcel that has been silent for longer, in ms, must show as stuck. */
  parcelDeadline: number
  /** So long, in ms, may a workflow take for an answer. */
  answerWithin: number
  clock: () => Date
  onProgress: OnProgress
  /** The servers that could not be read, with the reason. Nobody asks them again. */
  unavailable: Map<string, string>
}

/** A server was unavailable or would not answer, so nothing can be said about what is there. */
export class CouldNotLook extends Error {
  override name = 'CouldNotLook'
}

/** So long, in ms, may one answer take before its server counts as unavailable. */
const LONGEST = 120_000
/** In ms: a server that is restarting, or has just moved, is asked again. */
const PAUSES = [300, 1_000]

type Unavailable = Sources['unavailable']

/** The same databases; whatever fails says which server it was. */
export function namingDatabases(databases: Databases, unavailable: Unavailable): Databases {
  const named = Object.entries(databases).map(([service, shards]) => [
    service,
    shards.map(({ name, sql }) => ({
      name,
      sql: {
        query: (text: string, values?: readonly unknown[]) =>
          naming(unavailable, databaseCalled(name), () => patiently(() => sql.query(text, values))),
      },
    })),
  ])
  return Object.fromEntries(named) as Databases
}

export const databaseCalled = (name: string): string => `the ${name} database`

/** What `look` finds; CouldNotLook, with the server's name, when it does not answer. */
export async function naming<T>(
  unavailable: Unavailable,
  server: string,
  look: () => Promise<T>,
): Promise<T> {
  const known = unavailable.get(server)
  if (known !== undefined) throw new CouldNotLook(`${server} cannot be read: ${known}`)
  try {
    return await within(LONGEST, look())
  } catch (error) {
    const reason = reasonOf(error)
    if (!isAboutTheQuestion(error)) unavailable.set(server, reason)
    throw new CouldNotLook(`${server} cannot be read: ${reason}`, { cause: error })
  }
}

async function patiently<T>(look: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await look()
    } catch (error) {
      if (isAboutTheQuestion(error)) throw error
      await sleep(pause)
    }
  }
  return look()
}

/** Postgres answered, and did not like the statement: the next one may be answered. Classes 08, 53, 57 are about itself. */
function isAboutTheQuestion(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(08|53|57P)/.test(code)
}

/** What can be seen, and what stays unseen because its server does not answer. */
export async function orUnseen<T>(look: () => Promise<T>): Promise<T | CouldNotLook> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof CouldNotLook) return error
    throw error
  }
}

export const wasSeen = <T>(look: T | CouldNotLook): look is T => !(look instanceof CouldNotLook)

/** Asks every shard: the rows of those that answer, and why the others did not. */
export async function everywhere<Row>(
  shards: readonly Shard[],
  ask: (sql: Sql) => Promise<Row[]>,
): Promise<{ rows: Row[]; unseen: string[] }> {
  const answers = await Promise.all(shards.map(({ sql }) => orUnseen(() => ask(sql))))
  return {
    rows: answers.filter(wasSeen).flat(),
    unseen: answers.flatMap((answer) => (answer instanceof CouldNotLook ? [answer.message] : [])),
  }
}
