import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { Minor } from '#contracts/money.ts'
import type { ChargeOrder, RefundOrder } from '#contracts/payment.ts'
import { topics } from '#contracts/topics.ts'
import {
  PaymentFailedSchema,
  PaymentRefundedSchema,
  PaymentSucceededSchema,
} from '#generated/proto/payment/v1/events_pb.ts'
import { derivedId } from '#platform/ids.ts'
import { type OutboxMessage, outboxMessage } from '#platform/messaging/outbox.ts'
import { transferIdOf } from './data/ledger.ts'
import { type Declined, transferKey } from './domain/rules.ts'

/** An order is charged or declined before anything can go back. */
const FIRST = 1

export function paymentSucceeded(charge: ChargeOrder, at: Date): OutboxMessage {
  const { orderId, customerId, amount, currency } = charge
  const key = transferKey.charge(orderId)
  return outboxMessage(PaymentSucceededSchema, envelope(key, charge, at), {
    orderId,
    customerId,
    transferId: transferIdOf(key),
    amount: BigInt(amount),
    currency,
    at: timestampFromDate(at),
    sequence: FIRST,
  })
}

export function paymentFailed(charge: ChargeOrder, why: Declined, at: Date): OutboxMessage {
  const { orderId, customerId, amount, currency } = charge
  return outboxMessage(PaymentFailedSchema, envelope(transferKey.charge(orderId), charge, at), {
    orderId,
    customerId,
    amount: BigInt(amount),
    currency,
    why,
    at: timestampFromDate(at),
    sequence: FIRST,
  })
}

type Refunded = { customerId: string; currency: string; amount: Minor; sequence: number }

export function paymentRefunded(refund: RefundOrder, refunded: Refunded, at: Date): OutboxMessage {
  const { customerId, currency, amount, sequence } = refunded
  const key = transferKey.refund(refund)
  return outboxMessage(PaymentRefundedSchema, envelope(key, refund, at), {
    orderId: refund.orderId,
    customerId,
    transferId: transferIdOf(key),
    amount: BigInt(amount),
    currency,
    reason: refund.reason,
    at: timestampFromDate(at),
    sequence,
  })
}

/** One event per transfer key, so that its id tells a repeat: an order is either charged or declined. */
function envelope(transferKey: string, { orderId, traceparent }: ChargeOrder | RefundOrder, at: Date) {
  return { id: derivedId(`${transferKey}/event`), topic: topics.paymentEvents, key: orderId, at, traceparent }
}
