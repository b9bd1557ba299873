import type { OrderStep } from '#contracts/order.ts'
import type { Services } from './services.ts'
import type { OrderState } from './state.ts'
import { insist } from './steps.ts'

type Compensation = { step: OrderStep; undo: (services: Services) => Promise<void> }

/**
 * What must be undone if the order does not come to its end. A compensation is added before its step runs,
 * because a step that timed out may have happened; so each must also be right when the step never did.
 */
export class Compensations {
  readonly #order: OrderState
  readonly #added: Compensation[] = []

  constructor(order: OrderState) {
    this.#order = order
  }

  add(step: OrderStep, undo: Compensation['undo']): void {
    this.#added.push({ step, undo })
  }

  get none(): boolean {
    return this.#added.length === 0
  }

  /** In reverse, one after the other. None is given up: a failure shows as stuck and is tried again. */
  async run(): Promise<void> {
    for (const { step, undo } of this.#added.toReversed()) {
      this.#order.waitFor(`Undoing: ${step}.`)
      await insist(this.#order, step, undo)
    }
  }
}
