import type { OrderStep } from '#contracts/order.ts'
import type { Services } from '../shared/services.ts'
import type { OrderState } from './state.ts'
import { compensate } from './steps.ts'

type Undo = (services: Services) => Promise<void>

/**
 * What must be undone if the order does not come to its end. A compensation is added before its step runs,
 * because a step that timed out may have happened; so each must also be right when the step never did.
 */
export class Compensations {
  readonly #order: OrderState
  readonly #added = new Map<OrderStep, Undo>()

  constructor(order: OrderState) {
    this.#order = order
  }

  /** Once per step, however often it is tried. */
  add(step: OrderStep, undo: Undo): void {
    if (!this.#added.has(step)) this.#added.set(step, undo)
  }

  get none(): boolean {
    return this.#added.size === 0
  }

  /** In reverse, one after the other. None is given up: a failure shows as stuck and is tried again. */
  async run(): Promise<void> {
    for (const [step, undo] of [...this.#added].toReversed()) {
      this.#order.waitFor(`Undoing: ${step}.`)
      await compensate(this.#order, { step }, undo)
    }
  }
}
