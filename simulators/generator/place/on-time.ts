import { setTimeout as sleep } from 'node:timers/promises'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { defaultCurrency } from '#contracts/money.ts'
import { preOrderName } from '#contracts/order.ts'
import { PreOrderSchema } from '#generated/proto/order/v1/events_pb.ts'
import type { OutgoingMessage } from '#platform/kafka/kafka.ts'
import { encode, messageHeaders } from '#platform/messaging/messages.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import type { Placement, PreOrder } from '../plan/placements.ts'

type PlaceOptions = {
  /** Publishes a batch; called again until it works, for a repeat is the same order. */
  send: (batch: readonly Placement[]) => Promise<void>
  now: () => number
  signal: AbortSignal
}

const AT_ONCE = 100

/** Places each order when it is due; what is overdue goes out together. Returns early when the signal aborts. */
export async function placeAll(placements: Iterable<Placement>, options: PlaceOptions): Promise<void> {
  const { send, now, signal } = options
  const start = now()
  let due: Placement[] = []
  for (const placement of placements) {
    if (due.length > 0 && (due.length === AT_ONCE || start + placement.after > now())) {
      await send(due)
      due = []
    }
    const wait = start + placement.after - now()
    if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    due.push(placement)
  }
  if (due.length > 0) await send(due)
}

export function asMessage(topic: string, order: PreOrder): OutgoingMessage {
  const { source, reference, customerId, placedAt } = order
  const name = preOrderName(source, reference)
  const lines = order.lines.map(({ agreedPrice, ...line }) =>
    agreedPrice === undefined ? line : { ...line, agreedPrice: BigInt(agreedPrice) },
  )
  return {
    topic,
    key: name,
    value: encode(PreOrderSchema, {
      source,
      reference,
      customerId,
      currency: defaultCurrency,
      lines,
      placedAt: timestampFromDate(placedAt),
    }),
    headers: messageHeaders({ id: name, type: 'PreOrder', traceparent: newTraceparent() }),
  }
}
