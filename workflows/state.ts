import { defineSearchAttributeKey } from '@temporalio/common'
import { CancellationScope, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import type { Place } from '#contracts/customer.ts'
import type { CourierNews } from '#contracts/logistics.ts'
import type {
  Actor,
  CancelReason,
  CancelRequest,
  Decision,
  NumberedChange,
  OrderChange,
  OrderPolicy,
  OrderProgress,
  OrderStatus,
  OrderStep,
  PlaceOrder,
} from '#contracts/order.ts'
import { evolve, factsOf, type OrderFacts } from './facts.ts'
import { locally, slowlyForEver } from './services.ts'

const orderStatus = defineSearchAttributeKey('OrderStatus', 'KEYWORD')
const stuckStep = defineSearchAttributeKey('StuckStep', 'KEYWORD')

/** Changes are numbered in tens: one change may be more than one row of the order's history. */
const sequenceStep = 10

/** Why an order's way ends early; a value, since nothing is broken. */
export type Stop = { kind: 'stop'; reason: CancelReason; by: Actor; note: string }

/** An order while its workflow runs: what is known of it, and the one way to change that. */
export class OrderState {
  readonly request: PlaceOrder
  facts: OrderFacts
  recorded = false
  policy: OrderPolicy | undefined
  /** Where the parcels go; known once recorded. */
  destination: Place = { latitude: 0, longitude: 0 }
  charged = 0
  stuck: OrderProgress['stuck'] = null

  /** Set by the handlers, read by the story. */
  cancelRequest: CancelRequest | undefined
  decision: Decision | undefined
  news: CourierNews[] = []

  #waitingFor = ''
  #sequence = 0
  #unsaved: NumberedChange[] = []
  #lastSave = Promise.resolve()
  #publishedStatus: OrderStatus = 'pending'
  #step: CancellationScope | undefined

  constructor(request: PlaceOrder) {
    this.request = request
    this.facts = factsOf(request.lines)
  }

  /** The Web UI's current details say in words what the order waits for. */
  waitFor(what: string): void {
    this.#waitingFor = what
    setCurrentDetails(this.waitingFor)
  }

  get waitingFor(): string {
    return this.stuck ? `Stuck at ${this.stuck.step}: ${this.stuck.error}.` : this.#waitingFor
  }

  /** Changes the facts, and keeps the change for the next `save`. */
  note(change: OrderChange, by: Actor = 'system', note?: string): void {
    this.facts = evolve(this.facts, change)
    this.#sequence += sequenceStep
    const at = new Date().toISOString()
    this.#unsaved.push({ sequence: this.#sequence, at, by, change, ...(note && { note }) })
  }

  /** Writes what was noted, in one transaction of the order service, in the order of the notes. Never given up. */
  save(): Promise<void> {
    this.#lastSave = this.#lastSave.then(() => CancellationScope.nonCancellable(() => this.#write()))
    return this.#lastSave
  }

  record(change: OrderChange, by?: Actor, note?: string): Promise<void> {
    this.note(change, by, note)
    return this.save()
  }

  /** Runs a step that a cancel request may interrupt. */
  async interruptible<T>(step: () => Promise<T>): Promise<T> {
    this.#step = new CancellationScope({ cancellable: true })
    try {
      return await this.#step.run(step)
    } finally {
      this.#step = undefined
    }
  }

  requestCancel(request: CancelRequest): void {
    this.cancelRequest ??= request
    this.#step?.cancel()
  }

  markStuck(step: OrderStep, error: unknown): void {
    this.stuck = { step, since: new Date().toISOString(), error: messageOf(error) }
    upsertSearchAttributes([{ key: stuckStep, value: step }])
    setCurrentDetails(this.waitingFor)
  }

  clearStuck(): void {
    if (!this.stuck) return
    this.stuck = null
    upsertSearchAttributes([{ key: stuckStep, value: null }])
    setCurrentDetails(this.waitingFor)
  }

  progress(): OrderProgress {
    const { request, waitingFor, stuck } = this
    const { status, reason, total, shipments, missing } = this.facts
    return { orderId: request.orderId, status, reason, waitingFor, total, shipments, missing, stuck }
  }

  async #write(): Promise<void> {
    const changes = this.#unsaved
    if (changes.length === 0) return
    this.#unsaved = []
    this.#publishStatus()
    const { orderId, traceparent } = this.request
    try {
      await locally.recordChanges({ orderId, traceparent, changes })
    } catch (error) {
      this.markStuck('record', error)
      await slowlyForEver.order.recordChanges({ orderId, traceparent, changes })
      this.clearStuck()
    }
  }

  #publishStatus(): void {
    if (this.facts.status === this.#publishedStatus) return
    this.#publishedStatus = this.facts.status
    upsertSearchAttributes([{ key: orderStatus, value: this.#publishedStatus }])
  }
}

/** The innermost message: a time-out or a lost connection is wrapped in the activity's failure. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : messageOf(error.cause)
}
