import { type Look, type Offender, SHOWN, type Waiting } from './rule.ts'

/** Counts what a rule finds, and keeps the first of it. */
export class Tally {
  counted = 0
  exempt = 0
  #offending = 0
  readonly #offenders: Offender[] = []
  readonly #waiting: Waiting[] = []
  readonly #reasons: Record<string, number> = {}

  accuse(offender: Offender): void {
    this.#offending++
    if (this.#offenders.length < SHOWN) this.#offenders.push(offender)
  }

  excuse(waiting: Waiting): void {
    this.wait(waiting.because, 1)
    if (this.#waiting.length < SHOWN) this.#waiting.push(waiting)
  }

  /** So many that are not named. */
  wait(because: string, count: number): void {
    this.#reasons[because] = (this.#reasons[because] ?? 0) + count
  }

  look(): Look & Required<Pick<Look, 'exempt' | 'offending' | 'waiting' | 'reasons'>> {
    return {
      counted: this.counted,
      exempt: this.exempt,
      offenders: this.#offenders,
      offending: this.#offending,
      waiting: this.#waiting,
      reasons: this.#reasons,
    }
  }
}
