import type { Actor } from '#contracts/actor.ts'
import type { Minor } from '#contracts/money.ts'
import type { KeyedChange } from '#contracts/order.ts'
import type { OnRecord } from '#contracts/order-record.ts'
import type {
  OpenedReturn,
  OpenReturnResult,
  PricedReturnLine,
  ReceivedLine,
  ReceivedReturn,
  RequestReturn,
  ReturnDecision,
  ReturnStatus,
} from '#contracts/return.ts'
import { untilDone } from '../shared/until-done.ts'

/** A return while its workflow runs. */
export class ReturnState {
  readonly request: RequestReturn
  /** As it is on record. */
  status: ReturnStatus = 'requested'
  opened: OpenReturnResult | undefined
  refunded: Minor = 0
  /** What goes back; known once it is received. */
  due: Minor | undefined

  /** Set by the handlers, read by the story. */
  decision: ReturnDecision | undefined
  receipt: ReceivedReturn | undefined
  /** Not waiting for the goods any more. */
  expired = false

  constructor(request: RequestReturn) {
    this.request = request
  }

  /** What an earlier run has put on record is as good as heard. */
  goOnFrom(reached: Extract<OpenReturnResult, { kind: 'opened' }>['reached']): void {
    if (!reached) return
    this.status = reached.status
    this.decision = { accept: true, by: 'system' }
    this.receipt = reached.received
  }

  /** The answer to the update `openReturn`; nothing is opened before it is on record. */
  get answer(): OpenedReturn {
    const { number } = this.request
    if (this.opened?.kind === 'opened') return { kind: 'opened', number, amount: this.opened.amount }
    return { kind: 'refused', problems: this.opened?.problems ?? [] }
  }

  get lines(): PricedReturnLine[] {
    return this.opened?.kind === 'opened' ? this.opened.lines : []
  }

  /** What has come back of each line; all of it, to be sold again, when the receipt names none. */
  get arrived(): (PricedReturnLine & ReceivedLine)[] {
    const named = this.receipt?.lines
    return this.lines.flatMap((line) => {
      const of = named?.find(({ lineNumber }) => lineNumber === line.lineNumber)
      if (named && !of) return []
      return [{ ...line, restocked: of?.restocked ?? line.quantity, writtenOff: of?.writtenOff ?? 0 }]
    })
  }

  get worth(): Minor {
    return this.arrived.reduce(
      (sum, { restocked, writtenOff, unitPrice }) => sum + (restocked + writtenOff) * unitPrice,
      0,
    )
  }

  async record(
    status: Exclude<ReturnStatus, 'requested' | 'refunded'>,
    by: Actor,
    note?: string,
  ): Promise<void> {
    const received = this.arrived.map(({ lineNumber, restocked, writtenOff }) => ({
      lineNumber,
      restocked,
      writtenOff,
    }))
    const { number } = this.request
    const { due } = await this.#write([
      this.#keyed(status, by, note, {
        type: 'returned',
        number,
        status,
        ...(status === 'received' && { received, amount: this.worth }),
      }),
    ])
    if (status === 'received') this.due = due ?? this.worth
    this.status = status
  }

  async recordRefund(amount: Minor): Promise<void> {
    const { number } = this.request
    const part = `return/${number}`
    const refund = { type: 'refunded' as const, part, shipmentId: null, amount }
    await this.#write([
      { key: `refunded/${part}`, at: new Date().toISOString(), by: 'system', change: refund },
      this.#keyed('refunded', 'system', undefined, { type: 'returned', number, status: 'refunded', amount }),
    ])
    this.refunded = amount
    this.status = 'refunded'
  }

  #keyed(
    status: ReturnStatus,
    by: Actor,
    note: string | undefined,
    change: KeyedChange['change'],
  ): KeyedChange {
    const key = `return/${this.request.number}/${status}`
    return { key, at: new Date().toISOString(), by, ...(note && { note }), change }
  }

  async #write(changes: KeyedChange[]): Promise<OnRecord> {
    const { orderId, traceparent } = this.request
    return untilDone('record', 'Being recorded.', ({ order }) =>
      order.recordChanges({ orderId, traceparent, changes }),
    )
  }
}
