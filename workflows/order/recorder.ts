import { CancellationScope, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import type { Actor } from '#contracts/actor.ts'
import { keyOf } from '#contracts/change-keys.ts'
import {
  isFinal,
  type KeyedChange,
  type OrderChange,
  type OrderStatus,
  type PlaceOrder,
  type StuckStep,
} from '#contracts/order.ts'
import { allows, evolve, factsOf, type OrderFacts } from '#contracts/order-facts.ts'
import type { OnRecord } from '#contracts/order-record.ts'
import { orderStatus, stuckStep } from '#contracts/search-attributes.ts'
import { fastThenSlow } from '../shared/retries.ts'
import { fastRetry, localActivities, retryForever } from '../shared/services.ts'

/**
 * Keeps what a run knows of its order the same as the record: what is noted is written, and what the record knows better
 * is adopted. A local activity's write stays though its workflow task is thrown away, and an earlier run may have written.
 */
export class Recorder {
  request: PlaceOrder
  facts: OrderFacts
  consultations = 0

  /** The sequence on record that this run knows of. */
  #sequence = 0
  #unsaved: KeyedChange[] = []
  #leftOut = new Set<string>()
  #writing = 0
  #lastSave = Promise.resolve()
  #publishedStatus: OrderStatus = 'pending'
  #publishedStuck: string | null = null
  #recordStuck: StuckStep | undefined

  constructor(request: PlaceOrder) {
    this.request = request
    this.facts = factsOf(request.lines)
  }

  /** Everything noted is on record. */
  get saved(): boolean {
    return this.#unsaved.length === 0 && this.#writing === 0
  }

  get ended(): boolean {
    return isFinal(this.facts.status)
  }

  /** The steps that fail now, the latest last; `record` itself is never on record. */
  get stuck(): StuckStep[] {
    return this.#recordStuck ? [...this.facts.stuck, this.#recordStuck] : this.facts.stuck
  }

  /** What the order waits for, in words. */
  get waitingFor(): string {
    return this.stuck.map(inWords).join(' ')
  }

  /** Changes the facts, and keeps the change for the next `save`. Nothing when the facts do not allow it. */
  note(change: OrderChange, by: Actor = 'system', note?: string): KeyedChange | undefined {
    if (!allows(this.facts, change)) return undefined
    const at = new Date().toISOString()
    const keyed = { key: keyOf(change, this.facts, at), at, by, change, ...(note && { note }) }
    this.facts = evolve(this.facts, keyed)
    this.#unsaved.push(keyed)
    this.publish()
    return keyed
  }

  /** Writes what was noted, in one transaction of the order service, in the order of the notes. Never given up. */
  save(): Promise<void> {
    return this.#after(() => (this.#unsaved.length > 0 ? this.#write() : undefined))
  }

  /** Hears what is on record, though there may be nothing to write. */
  consult(): Promise<void> {
    this.consultations++
    return this.#after(() => this.#write())
  }

  async record(change: OrderChange, by?: Actor, note?: string): Promise<void> {
    this.note(change, by, note)
    await this.save()
  }

  /** What a person asks for. Whether it is on record in the end: the record may know better than this run did. */
  async ask(change: OrderChange, by: Actor, note?: string): Promise<boolean> {
    const noted = this.note(change, by, note)
    await this.save()
    return noted !== undefined && !this.isLeftOut(noted)
  }

  isLeftOut({ key }: KeyedChange): boolean {
    return this.#leftOut.has(key)
  }

  /** Goes on from what is on record. What was noted since counts as far as that allows it. */
  adopt(facts: OrderFacts, sequence: number): void {
    const noted = this.#unsaved
    this.#sequence = sequence
    this.#unsaved = []
    this.facts = facts
    for (const keyed of noted) {
      if (!allows(this.facts, keyed.change)) {
        this.#leftOut.add(keyed.key)
        continue
      }
      this.facts = evolve(this.facts, keyed)
      this.#unsaved.push(keyed)
    }
    this.publish()
    this.#publishStatus()
  }

  /** Runs a step of the record itself, which is never given up. */
  untilDone<T>(fast: () => Promise<T>, slow: () => Promise<T>): Promise<T> {
    const show = (stuck: StuckStep | undefined) => {
      this.#recordStuck = stuck
      this.publish()
    }
    return fastThenSlow(
      fast,
      slow,
      (error) => show({ step: 'record', since: new Date().toISOString(), error }),
      () => show(undefined),
    )
  }

  /** For the Temporal Web UI: in words what the order waits for, and the step that fails. */
  publish(): void {
    setCurrentDetails(this.waitingFor)
    const stuck = this.stuck.at(-1)?.step ?? null
    if (stuck !== this.#publishedStuck) upsertSearchAttributes([{ key: stuckStep, value: stuck }])
    this.#publishedStuck = stuck
  }

  /** When it is written: a status that passes within one task costs no event. */
  #publishStatus(): void {
    const { status } = this.facts
    if (status === this.#publishedStatus) return
    upsertSearchAttributes([{ key: orderStatus, value: status }])
    this.#publishedStatus = status
  }

  #after(write: () => Promise<void> | undefined): Promise<void> {
    this.#lastSave = this.#lastSave.then(() => CancellationScope.nonCancellable(async () => write()))
    return this.#lastSave
  }

  async #write(): Promise<void> {
    const changes = this.#unsaved
    const { orderId, traceparent } = this.request
    const request = { orderId, traceparent, changes, after: this.#sequence }
    const summary = changes.map(({ change }) => change.type).join(', ') || 'What is on record'
    this.#unsaved = []
    this.#writing++
    this.#publishStatus()
    // What a person asked for is in history when a regular activity begins: both are one completion of a workflow task.
    const { recordChanges } = changes.some(isAsked) ? fastRetry.order : localActivities
    const answer = await this.untilDone(
      () => recordChanges.executeWithOptions({ summary }, [request]),
      () => retryForever.order.recordChanges.executeWithOptions({ summary }, [request]),
    )
    // What was left out before may be on record now, under the same name.
    for (const { key } of changes) this.#leftOut.delete(key)
    this.#hear(answer)
    this.#writing--
  }

  #hear(answer: OnRecord): void {
    if (answer.kind === 'as_noted') {
      this.#sequence = answer.sequence
      return
    }
    for (const key of answer.leftOut) this.#leftOut.add(key)
    this.adopt(answer.facts, answer.sequence)
  }
}

/** By a person, whose request may not be in the workflow's history yet. */
const isAsked = ({ by }: KeyedChange): boolean => by !== 'system' && by !== 'courier'

const inWords = ({ step, shipmentId, error }: StuckStep): string =>
  `Stuck at ${step}${shipmentId ? ` of ${shipmentId}` : ''}: ${error}.`
