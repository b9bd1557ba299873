import { CancellationScope, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import type { Place } from '#contracts/customer.ts'
import type { CourierNews } from '#contracts/logistics.ts'
import {
  type Actor,
  type CancelReason,
  type CancelRequest,
  type Decision,
  isFinal,
  type KeyedChange,
  type OnRecord,
  type OrderChange,
  type OrderPolicy,
  type OrderProgress,
  type OrderStatus,
  type OrderStep,
  type PlaceOrder,
  type StuckStep,
} from '#contracts/order.ts'
import { orderStatus, stuckStep } from './attributes.ts'
import { evolve, factsOf, type OrderFacts } from './facts.ts'
import { messageOf } from './failures.ts'
import { locally, slowlyForEver } from './services.ts'

/** Why an order's way ends early; a value, since nothing is broken. */
export type Stop = { kind: 'stop'; reason: CancelReason; by: Actor; note: string }

/** An order while its workflow runs: what is known of it, and the one way to change that. */
export class OrderState {
  readonly request: PlaceOrder
  facts: OrderFacts
  /** What `place` answers with; nothing until the order is on record. */
  placed: Pick<PlaceOrder, 'fingerprint' | 'placedAt'> | undefined
  policy: OrderPolicy | undefined
  /** Where the parcels go; known once recorded. */
  destination: Place = { latitude: 0, longitude: 0 }
  charged = 0
  /** What its database said when it was last written to. */
  onRecord: OnRecord = { status: 'pending', handedOff: false }
  lastNewsAt = 0
  /** The courier was asked to give parcels back. */
  recallAsked = false

  /** Set by the handlers, read by the story. */
  cancelRequest: CancelRequest | undefined
  decision: Decision | undefined
  news: CourierNews[] = []

  #waitingFor = ''
  #stuck = new Map<OrderStep, StuckStep>()
  #counts = new Map<string, number>()
  #unsaved: KeyedChange[] = []
  #writing = 0
  #lastSave = Promise.resolve()
  #publishedStatus: OrderStatus = 'pending'
  #step: CancellationScope | undefined

  constructor(request: PlaceOrder) {
    this.request = request
    this.facts = factsOf(request.lines)
  }

  /** Everything noted is on record. */
  get saved(): boolean {
    return this.#unsaved.length === 0 && this.#writing === 0
  }

  /** The step that failed last, of those that still do. */
  get stuck(): StuckStep | null {
    return [...this.#stuck.values()].at(-1) ?? null
  }

  /** An earlier run of a workflow task may have brought it to its end on record. */
  get endedOnRecord(): boolean {
    return isFinal(this.onRecord.status)
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
    const at = new Date().toISOString()
    this.#unsaved.push({ key: this.#keyOf(change), at, by, change, ...(note && { note }) })
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
    this.#stuck.delete(step)
    this.#stuck.set(step, { step, since: new Date().toISOString(), error: messageOf(error) })
    this.#publishStuck()
  }

  /** Whether it was stuck there. */
  clearStuck(step: OrderStep): boolean {
    const was = this.#stuck.delete(step)
    if (was) this.#publishStuck()
    return was
  }

  /** It ended before, in another run. */
  adoptEnd(status: OrderStatus): void {
    this.facts = { ...this.facts, status }
    this.#publishStatus()
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
    this.#writing++
    this.#publishStatus()
    const { orderId, traceparent } = this.request
    const summary = changes.map(({ change }) => change.type).join(', ')
    try {
      this.onRecord = await locally.recordChanges.executeWithOptions({ summary }, [
        { orderId, traceparent, changes },
      ])
    } catch (error) {
      this.markStuck('record', error)
      this.onRecord = await slowlyForEver.order.recordChanges({ orderId, traceparent, changes })
      this.clearStuck('record')
    }
    this.#writing--
    if (this.endedOnRecord && !isFinal(this.facts.status)) this.adoptEnd(this.onRecord.status)
  }

  /** A name that a task which is run again gives to the same change, whatever it hears of first. */
  #keyOf(change: OrderChange): string {
    switch (change.type) {
      case 'shipment_moved':
        return `shipment_moved/${change.shipmentId}/${change.status}`
      case 'refunded':
        return `refunded/${change.part}`
      case 'amended':
        return this.#numbered(
          `amended/${change.lines.map((line) => `${line.lineNumber}=${line.quantity}`).join()}`,
        )
      case 'missing':
        return this.#numbered('missing')
      case 'stuck':
      case 'unstuck':
        return this.#numbered(`${change.type}/${change.step}`)
      default:
        return change.type
    }
  }

  #numbered(name: string): string {
    const count = (this.#counts.get(name) ?? 0) + 1
    this.#counts.set(name, count)
    return `${name}/${count}`
  }

  #publishStuck(): void {
    upsertSearchAttributes([{ key: stuckStep, value: this.stuck?.step ?? null }])
    setCurrentDetails(this.waitingFor)
  }

  #publishStatus(): void {
    if (this.facts.status === this.#publishedStatus) return
    this.#publishedStatus = this.facts.status
    upsertSearchAttributes([{ key: orderStatus, value: this.#publishedStatus }])
  }
}
