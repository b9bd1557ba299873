// The table, the same in every service's database:
//
//   model Inbox {
//     consumer    String
//     messageId   String   @map("message_id")
//     processedAt DateTime @default(now()) @map("processed_at") @db.Timestamptz(6)
//     @@id([consumer, messageId])
//     @@map("inbox")
//   }
import type { Sql } from '../postgres/database.ts'

/**
 * True when `consumer` sees the message for the first time. Ask in the transaction of the effect: both commit or
 * neither does. A second transaction with the same message waits here until the first has ended.
 */
export async function firstTime(tx: Sql, consumer: string, messageId: string): Promise<boolean> {
  const rows = await tx.query(
    `insert into inbox (consumer, message_id) values ($1, $2) on conflict do nothing returning message_id`,
    [consumer, messageId],
  )
  return rows.length === 1
}

/** For effects outside the database: look first, have the effect (it must be idempotent), then call `firstTime`. */
export async function alreadySeen(sql: Sql, consumer: string, messageId: string): Promise<boolean> {
  const rows = await sql.query(`select 1 from inbox where consumer = $1 and message_id = $2`, [
    consumer,
    messageId,
  ])
  return rows.length === 1
}
