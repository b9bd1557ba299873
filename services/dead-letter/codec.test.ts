import { describe, expect, it } from '@jest/globals'
import { topics } from '#contracts/topics.ts'
import { ShipmentEventSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { OrderCancelledSchema, PreOrderSchema } from '#generated/proto/order/v1/events_pb.ts'
import { decode, encode } from '#platform/messaging/messages.ts'
import { ensure } from '#platform/testing/expect.ts'
import { createCodec } from './codec.ts'

const codec = createCodec()
const cancelled = encode(OrderCancelledSchema, { orderId: 'o1', reason: 'lost' })

describe('decoding a dead letter', () => {
  it('shows all fields by the type that the message claims to be', () => {
    const shown = codec.decode({
      topic: topics.orderEvents,
      headers: { type: 'OrderCancelled' },
      value: cancelled,
    })
    ensure('json' in shown)
    const { orderId, reason, note } = JSON.parse(shown.json) as Record<string, string>
    expect([orderId, reason, note]).toStrictEqual(['o1', 'lost', ''])
  })

  it('needs no type where a topic carries but one', () => {
    const value = encode(PreOrderSchema, { reference: '7' })
    const shown = codec.decode({ topic: topics.preOrders, headers: {}, value })
    ensure('json' in shown)
    expect((JSON.parse(shown.json) as { reference: string }).reference).toBe('7')
  })

  it('says which types there are when the message claims to be another', () => {
    for (const type of ['', 'Greeting']) {
      const shown = codec.decode({ topic: topics.orderEvents, headers: { type }, value: cancelled })
      ensure('undecodable' in shown)
      expect(shown.undecodable).toMatch(
        /^type: "(Greeting)?" is none of what order.events carries: OrderCreated, /,
      )
    }
  })

  it('says why bytes are no such message, and why a message cannot be shown', () => {
    const notProtobuf = { topic: topics.preOrders, headers: {}, value: Buffer.from('not protobuf') }
    expect(Object.values(codec.decode(notProtobuf)).join()).toMatch(/^no order.v1.PreOrder: /)
    const noTime = encode(ShipmentEventSchema, { occurredAt: { seconds: 10n ** 15n, nanos: 0 } })
    const shown = codec.decode({ topic: topics.ordersEvents, headers: {}, value: noTime })
    expect(Object.values(shown).join()).toMatch(/google.protobuf.Timestamp/)
    ensure('undecodable' in shown)
  })
})

describe('encoding a replacement', () => {
  it('gives the bytes that the topic carries', () => {
    const encoded = codec.encode(topics.ordersEvents, {
      type: 'ShipmentEvent',
      json: '{"shipmentId":"s1","status":"lost","occurredAt":"2010-12-01T08:26:00Z"}',
    })
    ensure('value' in encoded)
    expect(decode(ShipmentEventSchema, encoded.value).status).toBe('lost')
    expect(encoded.type).toBe('ShipmentEvent')
  })

  it('names the field that is wrong', () => {
    for (const [json, problem] of [
      ['{', /^json: cannot decode message order.v1.PreOrder from JSON/],
      ['{"refrence":"1"}', /key "refrence" is unknown/],
      ['{"lines":[{"quantity":"many"}]}', /order.v1.PreOrderLine.quantity/],
    ] as const) {
      const encoded = codec.encode(topics.preOrders, { type: 'PreOrder', json })
      ensure('problem' in encoded)
      expect(encoded.problem).toMatch(problem)
    }
    const other = codec.encode(topics.preOrders, { type: 'ShipmentEvent', json: '{}' })
    expect(Object.values(other).join()).toMatch(/^type: "ShipmentEvent" is none of what pre_orders carries/)
  })
})
