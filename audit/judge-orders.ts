import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf } from '#platform/process/logger.ts'
import { type LoadFacts, markOf, type OrderFacts } from './facts/facts.ts'
import { type Motion, motionsOf } from './facts/motion.ts'
import type { Finding } from './findings.ts'
import { type OrderPage, orderPages } from './ids.ts'
import type { OrderRule, Verdict } from './rules/rule.ts'
import type { Sources } from './sources.ts'

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
export async function judgeOrders(
  sources: Sources,
  findings: readonly OrderFinding[],
  load: LoadFacts,
  { settle, revisit }: { settle: number; revisit: readonly string[] },
): Promise<{ seen: number; unsettled: string[] }> {
  let unsettled: string[] = []
  let seen = 0
  for await (const page of loadAhead(orderPages(sources, PAGE, revisit), load)) {
    seen += page.length
    sources.onProgress('orders audited', seen)
    const suspects = page.filter((facts) => tally(sources, findings, facts))
    const waiting = await lookAgain(sources, findings, load, suspects, unsettled.length < MOST_UNSETTLED)
    unsettled.push(...waiting)
  }
  unsettled = await settleDown(sources, findings, load, unsettled, settle)
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
function tally(sources: Sources, findings: readonly OrderFinding[], facts: OrderFacts): boolean {
  let differs = false
  for (const finding of findings) {
    const { rule } = finding
    const verdict = judge(rule, facts, sources)
    if (verdict === 'exempt') finding.exempt++
    else if (verdict !== undefined) finding.counted++
    differs ||= typeof verdict === 'object'
  }
  return differs
}

/** One row that nobody foresaw is a finding about that row, never the end of the audit. */
function judge(rule: OrderRule, facts: OrderFacts, sources: Sources): Verdict {
  if (rule.needs.some((source) => facts.missing.has(source))) return undefined
  try {
    return rule.judge(facts, sources)
  } catch (error) {
    return { wrong: `cannot be judged: ${reasonOf(error)}` }
  }
}

async function settleDown(
  sources: Sources,
  findings: readonly OrderFinding[],
  load: LoadFacts,
  unsettled: readonly string[],
  settle: number,
): Promise<string[]> {
  const until = sources.clock().getTime() + settle
  let current = [...unsettled]
  while (current.length > 0) {
    const last = sources.clock().getTime() >= until
    sources.onProgress('differences, perhaps on their way:', current.length)
    if (!last) await sleep(Math.min(PAUSE, Math.max(settle / 5, 10)))
    const still: string[] = []
    for (let from = 0; from < current.length; from += PAGE) {
      const page = await load(current.slice(from, from + PAGE), { exactly: true })
      still.push(...(await lookAgain(sources, findings, load, page, !last)))
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
  sources: Sources,
  findings: readonly OrderFinding[],
  load: LoadFacts,
  suspects: readonly OrderFacts[],
  hope: boolean,
): Promise<string[]> {
  if (suspects.length === 0) return []
  const ids = suspects.map(({ orderId }) => orderId)
  const before = await load(ids, { exactly: true })
  const motions = await motionsOf(sources, before)
  const after = await load(ids, { exactly: true })
  return after.flatMap((now, i) => {
    const motion = { ...motions.get(now.orderId), ...stillBusy(now) }
    const looks = { before: before[i] ?? now, now }
    return note(sources, findings, looks, motion, hope) ? [now.orderId] : []
  })
}

const stillBusy = ({ workflow }: OrderFacts): Motion => (workflow?.busy ? { saga: workflow.busy } : {})

type Looks = { before: OrderFacts; now: OrderFacts }
const changing = 'it changed while it was looked at'

/** True when a difference is excused and shall be looked at again: then nothing is noted of the order yet. */
function note(
  sources: Sources,
  findings: readonly OrderFinding[],
  { before, now }: Looks,
  motion: Motion,
  hope: boolean,
): boolean {
  const { orderId } = now
  const moved = markOf(before) !== markOf(now)
  const differing = findings.flatMap((finding) => {
    const { rule } = finding
    const verdict = judge(rule, now, sources)
    if (typeof verdict !== 'object') return []
    const twice = !moved && typeof judge(rule, before, sources) === 'object'
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
