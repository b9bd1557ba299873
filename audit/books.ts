import type { Client } from '@temporalio/client'
import type { Sql } from '#platform/database.ts'
import { reasonOf } from '#platform/logger.ts'

export const databaseNames = ['order', 'inventory', 'payment', 'customer'] as const
export type DatabaseName = (typeof databaseNames)[number]

/** One of a service's databases, under a name that tells it from the others. */
export type Shard = { name: string; sql: Sql }

/** A service's databases: orders and customers may be spread over several, the others have one each. */
export type Databases = Record<DatabaseName, readonly Shard[]>

/** Asks every shard; the rows of all of them. */
export const everywhere = (shards: readonly Shard[]): Sql => ({
  query: async <Row>(text: string, values?: readonly unknown[]) => {
    const answers = await Promise.all(shards.map(({ sql }) => sql.query<Row>(text, values)))
    return answers.flat()
  },
})

/** Messages per dead-letter topic. */
export type CountDeadLetters = () => Promise<Record<string, number>>

/** Hears, as often as there is news, what is being counted and how far the count is. */
export type OnProgress = (what: string, done: number) => void

/** Everything that the audit reads; it writes nowhere. */
export type Books = {
  databases: Databases
  temporal: Client
  deadLetters: CountDeadLetters | undefined
  /** An outbox message that has waited longer, in ms, is stuck. */
  patience: number
  clock: () => Date
  onProgress: OnProgress
}

/** A server was away or would not answer, so nothing can be said about the books. */
export class CouldNotLook extends Error {
  override name = 'CouldNotLook'
}

/** The same books; whatever fails says which server it was. */
export function namingFaults(books: Books): Books {
  const { databases, deadLetters } = books
  const named = databaseNames.map((service) => [service, databases[service].map(namingItself)])
  return {
    ...books,
    databases: Object.fromEntries(named) as Databases,
    deadLetters: deadLetters && (() => naming('Kafka', deadLetters)),
  }
}

const namingItself = ({ name, sql }: Shard): Shard => ({
  name,
  sql: { query: (text, values) => naming(`the ${name} database`, () => sql.query(text, values)) },
})

export async function naming<T>(server: string, look: () => Promise<T>): Promise<T> {
  try {
    return await look()
  } catch (error) {
    throw new CouldNotLook(`${server} cannot be read: ${reasonOf(error)}`, { cause: error })
  }
}
