import type { Books } from './books.ts'
import type { BookRule, Offender, Rule } from './rules.ts'

/** What a look at the books gave for one rule. */
export type Finding = {
  rule: Rule
  counted: number
  /** Looked at, and could not be told any more. */
  apart: number
  offenders: Offender[]
  /** Looks once more; answers those of `ids` that still break the rule. */
  again(ids: readonly string[]): Promise<Offender[]>
}

export async function lookAt(books: Books, rule: BookRule): Promise<Finding> {
  const again = async (ids: readonly string[]) => {
    const suspects = new Set(ids)
    const { offenders } = await rule.look(books)
    return offenders.filter(({ id }) => suspects.has(id))
  }
  return { rule, apart: 0, again, ...(await rule.look(books)) }
}

type Settle = Pick<Books, 'clock' | 'onProgress'> & {
  settle: number
  pause: (ms: number) => Promise<unknown>
}

/**
 * While orders run a difference may be in flight: what is gone at a later look, within `settle` ms, was none.
 * Only those who broke a rule at every look stay.
 */
export async function settleDown(
  findings: readonly Finding[],
  { settle, clock, pause, onProgress }: Settle,
): Promise<Finding[]> {
  const until = clock().getTime() + settle
  let current = [...findings]
  for (;;) {
    const suspects = current.reduce((sum, { offenders }) => sum + offenders.length, 0)
    if (suspects === 0 || clock().getTime() >= until) return current
    onProgress('differences, perhaps in flight:', suspects)
    await pause(Math.min(settle / 5, 1_000))
    current = await secondLook(current)
  }
}

async function secondLook(findings: readonly Finding[]): Promise<Finding[]> {
  const seen: Finding[] = []
  for (const finding of findings) {
    const suspects = finding.offenders.map(({ id }) => id)
    seen.push(suspects.length === 0 ? finding : { ...finding, offenders: await finding.again(suspects) })
  }
  return seen
}
