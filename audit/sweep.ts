import type { Sql } from '#platform/database.ts'
import { type Books, everywhere } from './books.ts'
import type { Finding } from './findings.ts'
import { idsIn } from './ids.ts'
import type { LoadFacts, OrderFacts } from './order-facts.ts'
import type { Offender, OrderRule } from './rules.ts'
import { orderIdsInTemporal } from './workflows.ts'

/** Orders that are held in memory at once. */
const PAGE = 500

/** Judges every order that anybody knows of, in pages, and gives one finding per rule. */
export async function sweepOrders(
  books: Books,
  rules: readonly OrderRule[],
  load: LoadFacts,
): Promise<Finding[]> {
  const findings = rules.map((rule) => ({
    rule,
    counted: 0,
    apart: 0,
    offenders: [] as Offender[],
    again: (ids: readonly string[]) => judgeAgain(rule, ids, load),
  }))
  let seen = 0
  for await (const ids of orderIds(books)) {
    const page = await load(ids)
    seen += page.length
    books.onProgress('orders audited', seen)
    for (const finding of findings) for (const facts of page) note(finding, finding.rule, facts)
  }
  return findings
}

type Tally = { counted: number; apart: number; offenders: Offender[] }

function note(tally: Tally, rule: OrderRule, facts: OrderFacts): void {
  const verdict = rule.judge(facts)
  if (verdict === undefined) return
  if (verdict === 'apart') tally.apart++
  else tally.counted++
  if (typeof verdict === 'object') tally.offenders.push({ id: facts.orderId, found: verdict.wrong })
}

async function judgeAgain(rule: OrderRule, ids: readonly string[], load: LoadFacts): Promise<Offender[]> {
  const tally: Tally = { counted: 0, apart: 0, offenders: [] }
  for (let from = 0; from < ids.length; from += PAGE) {
    for (const facts of await load(ids.slice(from, from + PAGE), true)) note(tally, rule, facts)
  }
  return tally.offenders
}

/** Pages of ids: the orders on record, then whatever the others know of that is not. */
async function* orderIds(books: Books): AsyncGenerator<string[]> {
  const { order, inventory, payment } = books.databases
  const onRecord = everywhere(order)
  for (const { sql } of order) yield* idsIn(sql, 'orders', PAGE)
  const strangers = new Set<string>()
  for (const source of [
    ...inventory.map(({ sql }) => idsIn(sql, 'reservations', PAGE)),
    ...payment.map(({ sql }) => idsIn(sql, 'order_payments', PAGE)),
    orderIdsInTemporal(books.temporal),
  ]) {
    for await (const ids of source) {
      const unknown = await notOnRecord(onRecord, ids)
      const fresh = unknown.filter((id) => !strangers.has(id))
      for (const id of fresh) strangers.add(id)
      if (fresh.length > 0) yield fresh
    }
  }
}

async function notOnRecord(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const rows = await sql.query<{ id: string }>('select order_id as id from orders where order_id = any($1)', [
    ids,
  ])
  const known = new Set(rows.map(({ id }) => id))
  return ids.filter((id) => !known.has(id))
}
