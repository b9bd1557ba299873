import type { Sql } from '#platform/database.ts'
import { type Books, type DatabaseName, databaseNames, type Shard } from './books.ts'
import type { BookRule, Offender } from './rules.ts'

export const outboxRules: BookRule[] = [
  {
    kind: 'books',
    name: 'outboxes.drain',
    says: 'No message waits long in an outbox.',
    counts: 'messages in outboxes',
    look: (books) => inEach(books, databaseNames, stuckMessages),
  },
  {
    kind: 'books',
    name: 'inboxes.distinct',
    says: 'No message is in a consumer’s inbox twice.',
    counts: 'messages in inboxes',
    // The customer service hears nothing.
    look: (books) => inEach(books, ['order', 'inventory', 'payment'], repeatedMessages),
  },
]

/** Counted always, an offence only for those who ask for none. */
export const noDeadLetters: BookRule = {
  kind: 'books',
  name: 'messages.readable',
  says: 'Each message that was put aside as unreadable has been redriven.',
  counts: 'dead-letter topics',
  async look({ deadLetters }) {
    const counts = Object.entries((await deadLetters?.()) ?? {})
    return {
      counted: counts.length,
      offenders: counts
        .filter(([, count]) => count > 0)
        .map(([topic, count]) => ({ id: topic, found: `${count} messages` })),
    }
  },
}

type Look = (shard: Shard, books: Books) => ReturnType<BookRule['look']>

async function inEach(books: Books, services: readonly DatabaseName[], look: Look) {
  const shards = services.flatMap((service) => books.databases[service])
  const looks = await Promise.all(shards.map((shard) => look(shard, books)))
  return {
    counted: looks.reduce((sum, { counted }) => sum + counted, 0),
    offenders: looks.flatMap(({ offenders }) => offenders),
  }
}

const stuckMessages: Look = async ({ name, sql }, { patience }) => ({
  counted: await countOf(sql, 'outbox'),
  offenders: await sql.query<Offender>(
    `select $1 || '/' || id as id,
       format('%s to %s waits since %s', type, topic,
         to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) as found
     from outbox where processed_at is null and occurred_at < now() - $2 * interval '1 millisecond'
     order by position`,
    [name, patience],
  ),
})

const repeatedMessages: Look = async ({ name, sql }) => ({
  counted: await countOf(sql, 'inbox'),
  offenders: await sql.query<Offender>(
    `select $1 || '/' || consumer || '/' || message_id as id, format('%s times', count(*)) as found
     from inbox group by consumer, message_id having count(*) > 1 order by id`,
    [name],
  ),
})

async function countOf(sql: Sql, table: 'outbox' | 'inbox'): Promise<number> {
  const [row] = await sql.query<{ count: number }>(`select count(*) as count from ${table}`)
  return row?.count ?? 0
}
