import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createReturnWorkflows } from '#clients/temporal/returns.ts'
import type { ReturnOnRecord, UpdateRefusal } from '#contracts/clients.ts'
import { failureTypes } from '#contracts/failures.ts'
import type { RequestReturn } from '#contracts/return.ts'
import { returnWorkflowId } from '#contracts/temporal.ts'
import { about } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import { failing, openedReturn } from '#tests/support/services.ts'
import { type OrderCase, type OrderWorld, startOrderWorld } from '#tests/support/workflow.ts'

describe('the return workflow', () => {
  let world: OrderWorld
  beforeAll(async () => {
    world = await startOrderWorld('time-skipping')
  })
  afterAll(() => world.stop())

  const returns = () => createReturnWorkflows(world.env.client)
  const ask = ({ orderId }: OrderCase, given: Partial<RequestReturn> = {}, recorded: ReturnOnRecord[] = []) =>
    returns().request(
      {
        orderId,
        lines: [
          { lineNumber: 1, quantity: 2 },
          { lineNumber: 2, quantity: 3 },
        ],
        reason: 'too big',
        by: 'customer:17850',
        requestedAt: '2010-12-03T10:00:00.000Z',
        fingerprint: 'f1',
        traceparent: '',
        ...given,
      },
      recorded,
      { waitFor: 20_000 },
    )
  const accept = ({ orderId }: OrderCase, number = 1) =>
    returns().decide(orderId, number, { accept: true, by: 'staff:ann' })
  const receive = (
    { orderId }: OrderCase,
    lines?: { lineNumber: number; restocked: number; writtenOff: number }[],
  ) => returns().receive(orderId, 1, { by: 'staff:bob', ...(lines && { lines }) })
  const outcome = ({ orderId }: OrderCase, number = 1) =>
    world.env.client.workflow.getHandle(returnWorkflowId(orderId, number)).result()
  const refusalOf = (answer: object | UpdateRefusal) => ('refused' in answer ? answer.refused : 'taken')
  const opened = { kind: 'opened', number: 1, amount: 500 }
  const recordedAs = (number: number, fingerprint: string): ReturnOnRecord => ({
    number,
    fingerprint,
    amount: 500,
  })

  it('takes the goods back and pays them back once, and the history says who did what', async () => {
    const order = world.order()
    expect(await ask(order)).toStrictEqual(opened)
    expect(refusalOf(await accept(order))).toBe('taken')
    expect(refusalOf(await receive(order))).toBe('taken')
    expect(await outcome(order)).toStrictEqual({ opened, status: 'refunded', refunded: 500 })
    expect(order.asked('openReturn', 'takeBack', 'refundOrder')).toStrictEqual([
      'openReturn',
      'takeBack',
      'refundOrder',
    ])
    expect(order.history.map(({ key, by }) => [key, by])).toStrictEqual([
      ['return/1/accepted', 'staff:ann'],
      ['return/1/received', 'staff:bob'],
      ['refunded/return/1', 'system'],
      ['return/1/refunded', 'system'],
    ])
  })

  it('pays for what arrived: some to be sold again, some written off, some never came', async () => {
    const order = world.order()
    await ask(order)
    await accept(order)
    await receive(order, [{ lineNumber: 2, restocked: 1, writtenOff: 1 }])
    expect(await outcome(order)).toStrictEqual({ opened, status: 'refunded', refunded: 200 })
    const takeBack = order.calls.find(({ name }) => name === 'takeBack')?.request as { lines: object[] }
    expect(
      takeBack.lines.map((line) => ({ ...line, productId: '', warehouseId: '', quantity: 0, unitPrice: 0 })),
    ).toStrictEqual([
      {
        lineNumber: 2,
        restocked: 1,
        writtenOff: 1,
        productId: '',
        warehouseId: '',
        quantity: 0,
        unitPrice: 0,
      },
    ])
  })

  it('is refused by staff, or before it is on record by what was delivered', async () => {
    const order = world.order()
    await ask(order)
    await returns().decide(order.orderId, 1, { accept: false, by: 'staff:ann', note: 'worn' })
    expect(await outcome(order)).toStrictEqual({ opened, status: 'refused', refunded: 0 })

    const problems = ['lines[0].quantity: 1 of line 1 can come back, not 2']
    const other = world.order({ openReturn: async () => ({ kind: 'refused', problems }) })
    expect(await ask(other)).toStrictEqual({ kind: 'refused', problems })
    expect(await outcome(other)).toStrictEqual({
      opened: { kind: 'refused', problems },
      status: null,
      refunded: 0,
    })
    expect(other.count('takeBack') + other.count('refundOrder') + order.count('refundOrder')).toBe(0)
  })

  it('expires when the goods do not arrive', async () => {
    const order = world.order()
    await ask(order)
    await accept(order)
    expect(await outcome(order)).toStrictEqual({ opened, status: 'expired', refunded: 0 })
  })

  it('takes no goods that arrive while it is recorded that it has expired', async () => {
    const late = Promise.withResolvers<object>()
    const order = world.order({
      recordChanges: async ({ changes }) => {
        if (changes.some(({ key }) => key.endsWith('/expired'))) {
          late.resolve(receive(order))
          await late.promise
        }
        return onRecord
      },
    })
    await ask(order)
    await accept(order)
    expect(await outcome(order)).toStrictEqual({ opened, status: 'expired', refunded: 0 })
    expect(refusalOf(await late.promise)).toBe(failureTypes.notNow)
  })

  for (const reached of [
    { status: 'accepted' as const },
    {
      status: 'received' as const,
      received: { by: 'staff:bob' as const, lines: [{ lineNumber: 1, restocked: 1, writtenOff: 0 }] },
    },
  ])
    it(`goes on where an earlier run had come to: ${reached.status}`, async () => {
      const order = world.order({ openReturn: async ({ lines }) => ({ ...openedReturn(lines), reached }) })
      await ask(order)
      if (!reached.received) expect(refusalOf(await receiveOnceAccepted(order))).toBe('taken')
      const refunded = reached.received ? 100 : 500
      expect(await outcome(order)).toStrictEqual({ opened, status: 'refunded', refunded })
    })
  async function receiveOnceAccepted(order: OrderCase) {
    await until('it is accepted', () => order.history.length > 0)
    return receive(order)
  }

  it('leaves the number alone that is on record, though Temporal knows it no more', async () => {
    const order = world.order()
    const first = recordedAs(1, 'f0')
    expect(await ask(order, {}, [first])).toStrictEqual({ ...opened, number: 2 })
    expect(await ask(order, {}, [first, recordedAs(2, 'f1')])).toStrictEqual({ ...opened, number: 2 })
    expect(order.count('openReturn')).toBe(1)
  })

  it('is numbered: a repeat is the same return, another one is the next, and both can be over', async () => {
    const order = world.order()
    expect(await ask(order)).toStrictEqual(opened)
    expect(await ask(order)).toStrictEqual(opened)
    expect(await ask(order, { fingerprint: 'f2' })).toStrictEqual({ ...opened, number: 2 })
    await returns().decide(order.orderId, 1, { accept: false, by: 'staff:ann' })
    await outcome(order)
    expect(await ask(order, {}, [recordedAs(1, 'f1'), recordedAs(2, 'f2')])).toStrictEqual(opened)
    expect(order.count('openReturn')).toBe(2)
  })

  it('that is refused leaves its number to the next, however many there were', async () => {
    const problems = ['lines[0].quantity: 1 of line 1 can come back, not 2']
    const isRefused = ({ reason }: RequestReturn) => reason === 'too much'
    const order = world.order({
      openReturn: async (request) =>
        isRefused(request) ? { kind: 'refused', problems } : openedReturn(request.lines),
    })
    const recorded = [recordedAs(1, 'f0')]
    for (const fingerprint of ['f1', 'f2', 'f3'])
      expect(await ask(order, { fingerprint, reason: 'too much' }, recorded)).toStrictEqual({
        kind: 'refused',
        problems,
      })
    expect(await ask(order, { fingerprint: 'f4' }, recorded)).toStrictEqual({ ...opened, number: 2 })
  })

  it('has a number of its own among several asked for at once', async () => {
    const order = world.order()
    const fingerprints = ['f1', 'f2', 'f3', 'f4']
    const answers = await Promise.all(fingerprints.map((fingerprint) => ask(order, { fingerprint })))
    const numbers = answers.map((answer) => ('number' in answer ? answer.number : 0))
    expect(new Set(numbers)).toStrictEqual(new Set([1, 2, 3, 4]))
  })

  it('takes each step once and in its turn', async () => {
    const order = world.order()
    await ask(order)
    expect(refusalOf(await receive(order))).toBe(failureTypes.notNow)
    await accept(order)
    expect(refusalOf(await accept(order))).toBe(failureTypes.notNow)
    for (const [line, field] of [
      [{ lineNumber: 3, restocked: 1, writtenOff: 0 }, 'lineNumber'],
      [{ lineNumber: 1, restocked: 2, writtenOff: 1 }, 'restocked'],
      [{ lineNumber: 1, restocked: 0, writtenOff: 0 }, 'restocked'],
      [{ lineNumber: 1, restocked: -1, writtenOff: 2 }, 'restocked'],
    ] as const) {
      const answer = (await receive(order, [line])) as UpdateRefusal
      about(JSON.stringify(line), () => expect(answer.refused).toBe(failureTypes.invalidReceipt))
      expect(answer.message.split(': ')[0]).toBe(`lines[0].${field}`)
    }
    expect(refusalOf(await accept(order, 9))).toBe('NotFound')
  })

  it('gives up neither the stock nor the money while a service is away', async () => {
    const order = world.order({
      takeBack: failing(9, async () => {}),
      refundOrder: failing(9, async () => ({ kind: 'refunded' as const, amount: 500 })),
    })
    await ask(order)
    await accept(order)
    await receive(order)
    expect(await outcome(order)).toStrictEqual({ opened, status: 'refunded', refunded: 500 })
  })
})

const onRecord = { kind: 'as_noted' as const, sequence: 10 }
