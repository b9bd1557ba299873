import { type Look, type Offender, type Rule, SHOWN, type Waiting } from './rules/rule.ts'

/** What the audit has found out about one rule. */
export class Finding {
  readonly rule: Rule
  counted = 0
  /** Looked at, and not to be told any more. */
  exempt = 0
  offending = 0
  readonly offenders: Offender[] = []
  /** What is on its way, by the reason. */
  readonly reasons = new Map<string, number>()
  readonly waiting: Waiting[] = []
  readonly unseen = new Set<string>()

  constructor(rule: Rule) {
    this.rule = rule
  }

  get inFlight(): number {
    return [...this.reasons.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Takes in what a look at the books as a whole gave. */
  add({ counted, exempt = 0, offenders, offending, waiting = [], reasons = {}, unseen = [] }: Look): void {
    this.counted += counted
    this.exempt += exempt
    this.offending += offending ?? offenders.length
    this.offenders.push(...offenders.slice(0, SHOWN))
    this.waiting.push(...waiting.slice(0, SHOWN))
    for (const [reason, count] of Object.entries(reasons)) this.reasons.set(reason, count)
    for (const reason of unseen) this.unseen.add(reason)
  }

  accuse(offender: Offender): void {
    this.offending++
    if (this.offenders.length < SHOWN) this.offenders.push(offender)
  }

  excuse(waiting: Waiting): void {
    this.reasons.set(waiting.because, (this.reasons.get(waiting.because) ?? 0) + 1)
    if (this.waiting.length < SHOWN) this.waiting.push(waiting)
  }
}
