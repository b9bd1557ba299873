import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { topics } from '#contracts/topics.ts'
import { CustomerChangedSchema } from '#generated/proto/customer/v1/events_pb.ts'
import { newId } from '#platform/ids.ts'
import { type OutboxMessage, outboxMessage } from '#platform/messaging/outbox.ts'

/** When it happens, and in which trace. */
export type Occasion = { at: Date; traceparent: string }

/** That there is something new, not what: nobody's name or address goes to Kafka. */
export function customerChanged(customerId: string, { at, traceparent }: Occasion): OutboxMessage {
  const envelope = { id: newId(at), topic: topics.customerEvents, key: customerId, at, traceparent }
  return outboxMessage(CustomerChangedSchema, envelope, { customerId, at: timestampFromDate(at) })
}
