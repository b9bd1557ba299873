import { CancellationScope } from '@temporalio/workflow'
import type { Place } from '#contracts/customer.ts'
import { isFinalShipment } from '#contracts/logistics.ts'
import type { CancelRequest, OrderProgress, PlaceOrder } from '#contracts/order.ts'
import { isSettled, openShipments, type ShipmentFacts } from '#contracts/order-facts.ts'
import type { OrderPolicy } from '#contracts/order-record.ts'
import { count } from '#contracts/wording.ts'
import type { Stop } from './cancellations.ts'
import { Recorder } from './recorder.ts'

/** An order while its workflow runs: what is known of it, and where its story is. */
export class OrderState extends Recorder {
  /** What `place` answers with; nothing until the order is on record. */
  placed: Pick<PlaceOrder, 'fingerprint' | 'placedAt'> | undefined
  policy: OrderPolicy | undefined
  /** Where the parcels go; known once recorded. */
  destination: Place = { latitude: 0, longitude: 0 }
  /** The charge's, in this run. */
  transferId: string | undefined
  /** Steps in other services that are under way. */
  steps = 0

  #waitingFor = ''
  #step: CancellationScope | undefined

  /** Before hand-off: who asked to undo it, and why. */
  get stop(): Stop | undefined {
    const { cancelling, handedOff } = this.facts
    return cancelling && !handedOff ? { kind: 'stop', ...cancelling } : undefined
  }

  /** Neither with the courier nor over. */
  get isAtHome(): boolean {
    return !this.facts.handedOff && !this.ended
  }

  shipment(id: string): ShipmentFacts | undefined {
    return this.facts.shipments.find(({ shipmentId }) => shipmentId === id)
  }

  /** Nothing more can happen to it on its way. */
  isOver(shipmentId: string): boolean {
    return this.ended || isFinalShipment(this.shipment(shipmentId)?.status ?? 'cancelled')
  }

  /** What the order waits for before its hand-off; later it follows from the facts. */
  waitFor(what: string): void {
    this.#waitingFor = what
    this.publish()
  }

  override get waitingFor(): string {
    return super.waitingFor || this.#onTheWay || this.#waitingFor
  }

  get #onTheWay(): string {
    const { facts } = this
    if (this.ended) return 'Nothing: it has ended.'
    if (!facts.handedOff) return ''
    const open = openShipments(facts).length
    if (open > 0)
      return facts.cancelling
        ? `The courier, to give back ${count(open, 'shipment')}.`
        : `The courier, about ${count(open, 'shipment')}.`
    const owed = facts.shipments.filter((one) => !isSettled(one)).length
    return `Giving back the money of ${count(owed, 'shipment')}.`
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

  /** Whether it is, or was, undone for somebody who asked. */
  async cancel({ by, reason, note }: CancelRequest): Promise<boolean> {
    const asked = this.ask({ type: 'cancelling', reason }, by, note)
    this.#step?.cancel()
    // On record it counts, also when every parcel has arrived since.
    return (await asked) || this.facts.cancelling !== null || this.facts.status === 'cancelled'
  }

  progress(): OrderProgress {
    const { request, waitingFor, stuck } = this
    const { status, reason, total, shipments, asked } = this.facts
    return {
      orderId: request.orderId,
      status,
      reason,
      waitingFor,
      total: total ?? 0,
      shipments: shipments.map(({ shipmentId, warehouseId, amount, status, refunded }) => ({
        shipmentId,
        warehouseId,
        amount,
        status,
        refunded,
      })),
      missing: asked?.missing ?? [],
      stuck,
    }
  }
}
