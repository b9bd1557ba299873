import { type DescMessage, fromJsonString, toBinary, toJsonString } from '@bufbuild/protobuf'
import type { Replacement } from '#contracts/dead-letter.ts'
import { type Topic, topics } from '#contracts/topics.ts'
import { CustomerChangedSchema } from '#generated/proto/customer/v1/events_pb.ts'
import {
  StockFailedSchema,
  StockReleasedSchema,
  StockReservedSchema,
} from '#generated/proto/inventory/v1/events_pb.ts'
import { NewShipmentSchema, ShipmentEventSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import {
  OrderCancelledSchema,
  OrderCreatedSchema,
  OrderStatusChangedSchema,
  PreOrderSchema,
  ReturnChangedSchema,
} from '#generated/proto/order/v1/events_pb.ts'
import {
  PaymentFailedSchema,
  PaymentRefundedSchema,
  PaymentSucceededSchema,
} from '#generated/proto/payment/v1/events_pb.ts'
import { decode, TYPE } from '#platform/messaging/messages.ts'
import { reasonOf } from '#platform/process/logger.ts'

/** Which messages a topic carries; the header `type` tells them apart. */
export type Schemas = Readonly<Record<string, readonly DescMessage[]>>

const schemasOfTopics: Schemas = {
  [topics.preOrders]: [PreOrderSchema],
  [topics.newOrders]: [NewShipmentSchema],
  [topics.ordersEvents]: [ShipmentEventSchema],
  [topics.orderEvents]: [
    OrderCreatedSchema,
    OrderStatusChangedSchema,
    OrderCancelledSchema,
    ReturnChangedSchema,
  ],
  [topics.inventoryEvents]: [StockReservedSchema, StockFailedSchema, StockReleasedSchema],
  [topics.paymentEvents]: [PaymentSucceededSchema, PaymentFailedSchema, PaymentRefundedSchema],
  [topics.customerEvents]: [CustomerChangedSchema],
} satisfies Record<Topic, readonly DescMessage[]>

type Encoded = { topic: string; headers: Record<string, string>; value: Uint8Array }

export type Codec = {
  /** The value as protobuf JSON, with all its fields; or why it cannot be shown so. */
  decode(message: Encoded): { json: string } | { undecodable: string }
  /** `problem` names the field that is wrong. */
  encode(topic: string, replacement: Replacement): { type: string; value: Uint8Array } | { problem: string }
}

export function createCodec(schemas: Schemas = schemasOfTopics): Codec {
  const schemaOf = (topic: string, type: string): DescMessage | { problem: string } => {
    const known = (Object.hasOwn(schemas, topic) && schemas[topic]) || []
    // A topic of one type needs no header to say which.
    const found = known.find(({ name }) => name === type) ?? (type === '' && known.length === 1 && known[0])
    const names = known.map(({ name }) => name).join(', ')
    return found || { problem: `type: "${type.slice(0, 100)}" is none of what ${topic} carries: ${names}` }
  }
  return {
    decode({ topic, headers, value }) {
      const schema = schemaOf(topic, headers[TYPE] ?? '')
      if ('problem' in schema) return { undecodable: schema.problem }
      try {
        return { json: toJsonString(schema, decode(schema, value), { alwaysEmitImplicit: true }) }
      } catch (error) {
        return { undecodable: reasonOf(error) }
      }
    },
    encode(topic, { type, json }) {
      const schema = schemaOf(topic, type)
      if ('problem' in schema) return schema
      try {
        return { type: schema.name, value: toBinary(schema, fromJsonString(schema, json)) }
      } catch (error) {
        return { problem: `json: ${reasonOf(error)}` }
      }
    },
  }
}
