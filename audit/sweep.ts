import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf } from '#platform/process/logger.ts'
import type { Books } from './books.ts'
import { type LoadFacts, markOf, type OrderFacts } from './facts/facts.ts'
import { type Motion, motionsOf } from './facts/motion.ts'
import type { Finding } from './findings.ts'
import { type OrderPage, orderPages } from './ids.ts'
import type { OrderRule, Verdict } from './rules/rule.ts'

/** A finding of a rule about orders. */
type OrderFinding = Finding & { rule: OrderRule }

/** Differences that may be on their way, by order id: judged again at the end. Beyond so many they only count. */
const MOST_UNSETTLED = 10_000
/** In ms, between two looks at what is on its way. */
const PAUSE = 1_000
const PAGE = 500

/**
 * Judges every order that anybody knows of, in pages; what differs is looked at again, and again until `settle` ms are
 * over, as long as there is a reason to hope. Answers the ids of those that were still on their way.
 */
export async function sweepOrders(
  books: Books,
  findings: readonly OrderFinding[],
  load: LoadFacts,
  { settle, revisit }: { settle: number; revisit: readonly string[] },
): Promise<{ seen: number; unsettled: string[] }> {
  let unsettled: string[] = []
  let seen = 0
  for await (const page of loadAhead(orderPages(books, PAGE, revisit), load)) {
    seen += page.length
    books.onProgress('orders audited', seen)
    const suspects = page.filter((facts) => tally(books, findings, facts))
    const waiting = await lookAgain(books, findings, load, suspects, unsettled.length < MOST_UNSETTLED)
    unsettled.push(...waiting)
  }
  unsettled = await settleDown(books, findings, load, unsettled, settle)
  return { seen, unsettled }
}

/** The facts of each page; the next one is on its way meanwhile. */
async function* loadAhead(pages: AsyncGenerator<OrderPage>, load: LoadFacts): AsyncGenerator<OrderFacts[]> {
  let next: Promise<OrderFacts[]> | undefined
  for await (const { ids, shards } of pages) {
    const loading = load(ids, { exactly: false, shards })
    // It is awaited a page later.
    loading.catch(() => {})
    if (next) yield await next
    next = loading
  }
  if (next) yield await next
}

/** Counts what each rule has to say; true when something differs. */
function tally(books: Books, findings: readonly OrderFinding[], facts: OrderFacts): boolean {
  let differs = false
  for (const finding of findings) {
    const { rule } = finding
    const verdict = judge(rule, facts, books)
    if (verdict === 'apart') finding.apart++
    else if (verdict !== undefined) finding.counted++
    differs ||= typeof verdict === 'object'
  }
  return differs
}

/** One row that nobody foresaw is a finding about that row, never the end of the audit. */
function judge(rule: OrderRule, facts: OrderFacts, books: Books): Verdict {
  if (rule.needs.some((source) => facts.missing.has(source))) return undefined
  try {
    return rule.judge(facts, books)
  } catch (error) {
    return { wrong: `cannot be judged: ${reasonOf(error)}` }
  }
}

async function settleDown(
  books: Books,
  findings: readonly OrderFinding[],
  load: LoadFacts,
  unsettled: readonly string[],
  settle: number,
): Promise<string[]> {
  const until = books.clock().getTime() + settle
  let current = [...unsettled]
  while (current.length > 0) {
    const last = books.clock().getTime() >= until
    books.onProgress('differences, perhaps on their way:', current.length)
    if (!last) await sleep(Math.min(PAUSE, Math.max(settle / 5, 10)))
    const still: string[] = []
    for (let from = 0; from < current.length; from += PAGE) {
      const page = await load(current.slice(from, from + PAGE), { exactly: true })
      still.push(...(await lookAgain(books, findings, load, page, !last)))
    }
    if (last) return current
    current = still
  }
  return []
}

/**
 * Looks at suspects twice more, each workflow by itself, with what is on its way asked for in between: a difference is an
 * offence when both looks show it, nothing has changed from one to the other, and nothing excuses it. With `hope` those
 * that are excused come back; without, they are noted as on their way.
 */
async function lookAgain(
  books: Books,
  findings: readonly OrderFinding[],
  load: LoadFacts,
  suspects: readonly OrderFacts[],
  hope: boolean,
): Promise<string[]> {
  if (suspects.length === 0) return []
  const ids = suspects.map(({ orderId }) => orderId)
  const before = await load(ids, { exactly: true })
  const motions = await motionsOf(books, before)
  const after = await load(ids, { exactly: true })
  return after.flatMap((now, i) => {
    const motion = { ...motions.get(now.orderId), ...stillBusy(now) }
    const looks = { before: before[i] ?? now, now }
    return note(books, findings, looks, motion, hope) ? [now.orderId] : []
  })
}

const stillBusy = ({ workflow }: OrderFacts): Motion => (workflow?.busy ? { saga: workflow.busy } : {})

type Looks = { before: OrderFacts; now: OrderFacts }
const changing = 'it changed while it was looked at'

/** True when a difference is excused and shall be looked at again: then nothing is noted of the order yet. */
function note(
  books: Books,
  findings: readonly OrderFinding[],
  { before, now }: Looks,
  motion: Motion,
  hope: boolean,
): boolean {
  const { orderId } = now
  const moved = markOf(before) !== markOf(now)
  const differing = findings.flatMap((finding) => {
    const { rule } = finding
    const verdict = judge(rule, now, books)
    if (typeof verdict !== 'object') return []
    const twice = !moved && typeof judge(rule, before, books) === 'object'
    const reason = rule.unless?.map((excuse) => motion[excuse]).find((one) => one !== undefined)
    return [{ finding, found: verdict.wrong, because: twice ? reason : changing }]
  })
  if (hope && differing.some(({ because }) => because !== undefined)) return true
  for (const { finding, found, because } of differing) {
    if (because === undefined) finding.accuse({ id: orderId, found })
    else finding.excuse({ id: orderId, found, because })
  }
  return false
}
