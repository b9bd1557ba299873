import { writeFileSync } from 'node:fs'
import type { AggregatedResult, Config, Reporter, Test, TestContext, TestResult } from '@jest/reporters'

/** `seconds` add up what each file took, though some run side by side. */
export type Summary = { passed: number; failed: number; seconds: Record<string, number> }

/**
 * Says how long each project took, and fails a run in which a test is skipped or left to do, for such a test has not passed.
 * Where tests are picked by name the others are none of the run. `npm test` reads the summary from the file that TEST_SUMMARY names.
 */
export default class SummaryReporter implements Reporter {
  #seconds: Record<string, number> = {}
  #error: Error | undefined
  readonly #picked: boolean

  constructor({ testNamePattern }: Config.GlobalConfig) {
    this.#picked = Boolean(testNamePattern)
  }

  onTestResult({ context }: Test, { perfStats }: TestResult): void {
    const project = context.config.displayName?.name ?? ''
    this.#seconds[project] = (this.#seconds[project] ?? 0) + perfStats.runtime / 1_000
  }

  onRunComplete(_contexts: Set<TestContext>, results: AggregatedResult): void {
    const left = this.#picked ? 0 : results.numPendingTests + results.numTodoTests
    if (left > 0)
      this.#error = new Error(`${left} tests were skipped or are left to do; each must run and pass`)
    if (this.#error) console.error(`\n${this.#error.message}`)
    const file = process.env.TEST_SUMMARY
    const summary: Summary = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites + left,
      seconds: this.#seconds,
    }
    if (file) writeFileSync(file, JSON.stringify(summary))
  }

  getLastError(): Error | undefined {
    return this.#error
  }
}
