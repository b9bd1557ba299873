// The table, the same in every service's database:
//
//   model Outbox {
//     position    BigInt    @id @default(autoincrement())
//     id          String    @unique @db.Uuid
//     topic       String
//     key         String
//     type        String
//     payload     Bytes
//     headers     Json
//     occurredAt  DateTime  @map("occurred_at") @db.Timestamptz(6)
//     processedAt DateTime? @map("processed_at") @db.Timestamptz(6)
//     @@map("outbox")
//   }
//
// and by hand, in its migration, what Prisma cannot say:
//
//   CREATE INDEX outbox_waiting ON outbox (position) WHERE processed_at IS NULL;
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf'
import type { OutgoingMessage } from '../kafka/kafka.ts'
import type { Database, Sql, Transaction } from '../postgres/database.ts'
import { encode, MESSAGE_ID, TRACEPARENT, TYPE } from './messages.ts'

export type OutboxMessage = {
  /** A UUID: consumers recognise a repeat by it. */
  id: string
  topic: string
  /** Messages of one key arrive in the order in which they were appended. */
  key: string
  type: string
  payload: Uint8Array
  headers: Record<string, string>
  occurredAt: Date
}

type Envelope = Pick<OutboxMessage, 'id' | 'topic' | 'key'> & { at: Date; traceparent: string }

/** `content` as the outbox takes it; its type is the schema's name. */
export function outboxMessage<Desc extends DescMessage>(
  schema: Desc,
  { id, topic, key, at, traceparent }: Envelope,
  content: MessageInitShape<Desc>,
): OutboxMessage {
  return {
    id,
    topic,
    key,
    type: schema.name,
    payload: encode(schema, content),
    headers: { [TRACEPARENT]: traceparent },
    occurredAt: at,
  }
}

export const OUTBOX_CHANNEL = 'outbox'

/**
 * Appends messages in the transaction that did what they tell.
 * Lock the row that the key names before you append: then two writers of one key cannot overtake each other.
 */
export async function appendToOutbox(tx: Sql, messages: readonly OutboxMessage[]): Promise<void> {
  if (messages.length === 0) return
  await tx.query(
    `insert into outbox (id, topic, key, type, payload, headers, occurred_at)
     select id, topic, key, type, payload, headers::jsonb, occurred_at
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::timestamptz[])
       with ordinality as m (id, topic, key, type, payload, headers, occurred_at, nth)
     order by nth`,
    [
      messages.map((message) => message.id),
      messages.map((message) => message.topic),
      messages.map((message) => message.key),
      messages.map((message) => message.type),
      messages.map((message) => Buffer.from(message.payload)),
      messages.map((message) => JSON.stringify(message.headers)),
      messages.map((message) => message.occurredAt.toISOString()),
    ],
  )
}

/** How an outbox message looks on Kafka: its id and type travel as headers. */
export function asOutgoing({ id, topic, key, type, payload, headers }: OutboxMessage): OutgoingMessage {
  return { topic, key, value: payload, headers: { ...headers, [MESSAGE_ID]: id, [TYPE]: type } }
}

/** Commits what `work` does and appends to the outbox, and has the relay publish it without waiting for its next look. */
export async function commitAndPublish<Client, Result>(
  database: Database<Client>,
  work: (tx: Transaction<Client>) => Promise<Result>,
): Promise<Result> {
  const result = await database.transaction(work)
  notifyOutbox(database)
  return result
}

const notifying = new WeakMap<Database, 'once' | 'again'>()

/**
 * Wakes the relay after a commit; returns at once and never fails, for polling makes up for a lost one.
 * Never sent inside the business transaction: NOTIFY takes a lock that makes all commits queue up.
 */
export function notifyOutbox(database: Database): void {
  if (notifying.has(database)) {
    notifying.set(database, 'again')
    return
  }
  notifying.set(database, 'once')
  database
    .query(`select pg_notify('${OUTBOX_CHANNEL}', '')`)
    .catch(() => {})
    .finally(() => {
      const again = notifying.get(database) === 'again'
      notifying.delete(database)
      if (again) notifyOutbox(database)
    })
}

export type Backlog = { waiting: number; oldestAt: Date | null }

/** What the relay has not published yet, by the index of what waits. */
export async function backlogOf(sql: Sql): Promise<Backlog> {
  const [found] = await sql.query<Backlog>(
    `select (select count(*)::float8 from outbox where processed_at is null) as waiting,
       (select occurred_at from outbox where processed_at is null order by position limit 1) as "oldestAt"`,
  )
  if (!found) throw new Error('the outbox said nothing of itself')
  return found
}
