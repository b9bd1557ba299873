import { topics } from '#contracts/topics.ts'
import { possibleOfOrders, possibleOfPayments } from '../facts/messages.ts'
import { type Shard } from '../sources.ts'
import { inEach, type Look, type Offender, SHOWN, type SourceRule } from './rule.ts'
import { Tally } from './tally.ts'

export const outboxRules: SourceRule[] = [
  {
    kind: 'books',
    name: 'outboxes.drain',
    says: 'No message waits long in an outbox.',
    counts: 'messages in outboxes',
    look: ({ databases, patience }) =>
      inEach(Object.values(databases).flat(), (shard) => stuckMessages(shard, patience)),
  },
  {
    kind: 'books',
    name: 'outboxes.caused',
    says: 'Every message in an outbox tells of a change that is on record.',
    counts: 'messages in outboxes',
    look: ({ databases: { order, payment }, since }) =>
      inEach([...order, ...payment], (shard) =>
        payment.includes(shard)
          ? uncaused(shard, since, [topics.paymentEvents], possibleOfPayments)
          : uncaused(shard, since, [topics.orderEvents, topics.newOrders], possibleOfOrders),
      ),
  },
  {
    kind: 'books',
    name: 'inboxes.distinct',
    says: 'No message is in a consumer’s inbox twice.',
    counts: 'messages in inboxes',
    // The customer service hears nothing.
    look: ({ databases: { order, inventory, payment } }) =>
      inEach([...order, ...inventory, ...payment], repeatedMessages),
  },
]

type Counted = Offender & { all: number }

async function stuckMessages({ name, sql }: Shard, patience: number): Promise<Look> {
  const [sizes] = await sql.query<{ all: string; waiting: string }>(
    `select (select count(*) from outbox)::text as all,
       (select count(*) from outbox where processed_at is null)::text as waiting`,
  )
  const stuck = await sql.query<Counted>(
    `select $1 || '/' || id as id, (count(*) over ())::int as all,
       format('%s to %s waits since %s', type, topic,
         to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) as found
     from outbox where processed_at is null and occurred_at < now() - $2 * interval '1 millisecond'
     order by position limit ${SHOWN}`,
    [name, patience],
  )
  const offending = stuck[0]?.all ?? 0
  const young = Math.max(Number(sizes?.waiting ?? 0) - offending, 0)
  return {
    counted: Number(sizes?.all ?? 0),
    offenders: stuck.map(({ id, found }) => ({ id, found })),
    offending,
    ...(young > 0 && { reasons: { 'not sent yet': young } }),
  }
}

const PAGE = 2_000

type Message = { position: string; id: string; topic: string; key: string; type: string }
type Possible = (shard: Shard, messages: readonly Message[]) => Promise<Set<string>>

/** The outbox is read first: what a message tells of was written with it. */
async function uncaused(
  shard: Shard,
  since: Date | null,
  of: readonly string[],
  possibleOf: Possible,
): Promise<Look> {
  const tally = new Tally()
  for await (const messages of messagesIn(shard, since, of)) {
    tally.counted += messages.length
    const possible = await possibleOf(shard, messages)
    for (const { id, type, topic, key } of messages.filter((one) => !possible.has(one.id)))
      tally.accuse({ id: `${shard.name}/${id}`, found: `${type} to ${topic} of ${key}: no such change` })
  }
  return tally.look()
}

async function* messagesIn(
  { sql }: Shard,
  since: Date | null,
  of: readonly string[],
): AsyncGenerator<Message[]> {
  let after = '0'
  for (;;) {
    const page: Message[] = await sql.query<Message>(
      `select position::text, id::text, topic, key, type from outbox
       where position > $1::bigint and topic = any($2) and ($3::timestamptz is null or processed_at is null or processed_at >= $3)
       order by outbox.position limit ${PAGE}`,
      [after, of, since],
    )
    if (page.length === 0) return
    yield page
    after = page.at(-1)?.position ?? after
  }
}

async function repeatedMessages({ name, sql }: Shard): Promise<Look> {
  const [size] = await sql.query<{ all: string }>('select count(*)::text as all from inbox')
  return {
    counted: Number(size?.all ?? 0),
    offenders: await sql.query<Offender>(
      `select $1 || '/' || consumer || '/' || message_id as id, format('%s times', count(*)) as found
       from inbox group by consumer, message_id having count(*) > 1 order by id limit ${SHOWN}`,
      [name],
    ),
  }
}
