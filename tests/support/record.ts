// The order service's record in a workflow's test: in memory, by the service's own rules.

import { keyOf } from '#contracts/change-keys.ts'
import type { KeyedChange, OrderChange, PlaceOrder } from '#contracts/order.ts'
import { factsOf } from '#contracts/order-facts.ts'
import type { OnRecord, RecordChanges, RecordResult } from '#contracts/order-record.ts'
import { applyChanges } from '#services/order/changes.ts'
import { factsOnRecord, leftOutOf, type OrderRecord } from '#services/order/domain/record.ts'
import { contact, policy } from './samples.ts'

export class RecordInTest {
  readonly history: KeyedChange[] = []
  #order: OrderRecord | undefined
  #request: PlaceOrder

  constructor(request: PlaceOrder) {
    this.#request = request
  }

  get order(): OrderRecord {
    this.#order ??= newRecord(this.#request)
    return this.#order
  }

  place(): RecordResult {
    const { place: destination } = contact
    const isNew = this.#order === undefined
    const { order } = this
    if (isNew) return { kind: 'recorded', destination, policy }
    const { customerId, currency, sequence } = order
    const { fingerprint, placedAt } = this.#request
    const facts = factsOnRecord(order)
    const placed = { customerId, currency, fingerprint, placedAt, destination, problems: [] }
    return { kind: 'found', ...placed, facts, sequence, policy }
  }

  /** Brings it to where an earlier run, or a task that was thrown away, left it. */
  bring(...changes: OrderChange[]): void {
    const at = new Date().toISOString()
    const { traceparent, orderId } = this.#request
    for (const change of changes) {
      const keyed = { key: keyOf(change, this.order, at), at, by: 'system' as const, change }
      const { kind } = this.change({ orderId, traceparent, changes: [keyed] })
      if (kind !== 'as_noted') throw new Error(`${change.type} may not come now`)
    }
  }

  change(request: RecordChanges): OnRecord {
    const before = this.order
    const { order, changes } = applyChanges(before, request)
    this.#order = order
    this.history.push(...changes)
    const { sequence } = order
    const known = request.after === undefined || request.after === before.sequence
    if (known && changes.length === request.changes.length) return { kind: 'as_noted', sequence }
    const leftOut = leftOutOf(order, request.changes)
    return { kind: 'otherwise', sequence, facts: factsOnRecord(order), leftOut }
  }
}

const newRecord = ({ orderId, customerId, currency, lines }: PlaceOrder): OrderRecord => ({
  ...factsOf(lines),
  orderId,
  customerId,
  currency,
  endedAt: null,
  sequence: 0,
  lastAt: new Date(0),
  contact,
  keys: new Map(),
})
