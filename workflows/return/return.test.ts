import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createReturnWorkflows, type ReturnOnRecord } from '#clients/temporal/returns.ts'
import type { UpdateRefusal } from '#clients/temporal/updates.ts'
import { failureTypes } from '#contracts/failures.ts'
import type { RequestReturn } from '#contracts/return.ts'
import { returnWorkflowId } from '#contracts/temporal.ts'
import { until } from '#platform/testing/fixtures.ts'
import { failing, openedReturn } from '#tests/support/services.ts'
import { type OrderCase, type OrderWorld, startOrderWorld } from '#tests/support/workflow.ts'

describe('the return workflow', { timeout: 60_000 }, () => {
  let world: OrderWorld
  before(async () => {
    world = await startOrderWorld('time-skipping')
  })
  after(() => world.stop())

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
    assert.deepEqual(await ask(order), opened)
    assert.equal(refusalOf(await accept(order)), 'taken')
    assert.equal(refusalOf(await receive(order)), 'taken')
    assert.deepEqual(await outcome(order), { opened, status: 'refunded', refunded: 500 })
    assert.deepEqual(order.asked('openReturn', 'takeBack', 'refundOrder'), [
      'openReturn',
      'takeBack',
      'refundOrder',
    ])
    assert.deepEqual(
      order.history.map(({ key, by }) => [key, by]),
      [
        ['return/1/accepted', 'staff:ann'],
        ['return/1/received', 'staff:bob'],
        ['refunded/return/1', 'system'],
        ['return/1/refunded', 'system'],
      ],
    )
  })

  it('pays for what arrived: some to be sold again, some written off, some never came', async () => {
    const order = world.order()
    await ask(order)
    await accept(order)
    await receive(order, [{ lineNumber: 2, restocked: 1, writtenOff: 1 }])
    assert.deepEqual(await outcome(order), { opened, status: 'refunded', refunded: 200 })
    const takeBack = order.calls.find(({ name }) => name === 'takeBack')?.request as { lines: object[] }
    assert.deepEqual(
      takeBack.lines.map((line) => ({ ...line, productId: '', warehouseId: '', quantity: 0, unitPrice: 0 })),
      [
        {
          lineNumber: 2,
          restocked: 1,
          writtenOff: 1,
          productId: '',
          warehouseId: '',
          quantity: 0,
          unitPrice: 0,
        },
      ],
    )
  })

  it('is refused by staff, or before it is on record by what was delivered', async () => {
    const order = world.order()
    await ask(order)
    await returns().decide(order.orderId, 1, { accept: false, by: 'staff:ann', note: 'worn' })
    assert.deepEqual(await outcome(order), { opened, status: 'refused', refunded: 0 })

    const problems = ['lines[0].quantity: 1 of line 1 can come back, not 2']
    const other = world.order({ openReturn: async () => ({ kind: 'refused', problems }) })
    assert.deepEqual(await ask(other), { kind: 'refused', problems })
    assert.deepEqual(await outcome(other), {
      opened: { kind: 'refused', problems },
      status: null,
      refunded: 0,
    })
    assert.equal(other.count('takeBack') + other.count('refundOrder') + order.count('refundOrder'), 0)
  })

  it('expires when the goods do not arrive', async () => {
    const order = world.order()
    await ask(order)
    await accept(order)
    assert.deepEqual(await outcome(order), { opened, status: 'expired', refunded: 0 })
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
    assert.deepEqual(await outcome(order), { opened, status: 'expired', refunded: 0 })
    assert.equal(refusalOf(await late.promise), failureTypes.notNow)
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
      if (!reached.received) assert.equal(refusalOf(await receiveOnceAccepted(order)), 'taken')
      const refunded = reached.received ? 100 : 500
      assert.deepEqual(await outcome(order), { opened, status: 'refunded', refunded })
    })
  async function receiveOnceAccepted(order: OrderCase) {
    await until('it is accepted', () => order.history.length > 0)
    return receive(order)
  }

  it('leaves the number alone that is on record, though Temporal knows it no more', async () => {
    const order = world.order()
    const first = recordedAs(1, 'f0')
    assert.deepEqual(await ask(order, {}, [first]), { ...opened, number: 2 })
    assert.deepEqual(await ask(order, {}, [first, recordedAs(2, 'f1')]), { ...opened, number: 2 })
    assert.equal(order.count('openReturn'), 1)
  })

  it('is numbered: a repeat is the same return, another one is the next, and both can be over', async () => {
    const order = world.order()
    assert.deepEqual(await ask(order), opened)
    assert.deepEqual(await ask(order), opened)
    assert.deepEqual(await ask(order, { fingerprint: 'f2' }), { ...opened, number: 2 })
    await returns().decide(order.orderId, 1, { accept: false, by: 'staff:ann' })
    await outcome(order)
    assert.deepEqual(await ask(order, {}, [recordedAs(1, 'f1'), recordedAs(2, 'f2')]), opened)
    assert.equal(order.count('openReturn'), 2)
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
      assert.deepEqual(await ask(order, { fingerprint, reason: 'too much' }, recorded), {
        kind: 'refused',
        problems,
      })
    assert.deepEqual(await ask(order, { fingerprint: 'f4' }, recorded), { ...opened, number: 2 })
  })

  it('has a number of its own among several asked for at once', async () => {
    const order = world.order()
    const fingerprints = ['f1', 'f2', 'f3', 'f4']
    const answers = await Promise.all(fingerprints.map((fingerprint) => ask(order, { fingerprint })))
    const numbers = answers.map((answer) => ('number' in answer ? answer.number : 0))
    assert.deepEqual(new Set(numbers), new Set([1, 2, 3, 4]))
  })

  it('takes each step once and in its turn', async () => {
    const order = world.order()
    await ask(order)
    assert.equal(refusalOf(await receive(order)), failureTypes.notNow)
    await accept(order)
    assert.equal(refusalOf(await accept(order)), failureTypes.notNow)
    for (const [line, field] of [
      [{ lineNumber: 3, restocked: 1, writtenOff: 0 }, 'lineNumber'],
      [{ lineNumber: 1, restocked: 2, writtenOff: 1 }, 'restocked'],
      [{ lineNumber: 1, restocked: 0, writtenOff: 0 }, 'restocked'],
      [{ lineNumber: 1, restocked: -1, writtenOff: 2 }, 'restocked'],
    ] as const) {
      const answer = (await receive(order, [line])) as UpdateRefusal
      assert.equal(answer.refused, failureTypes.invalidReceipt, JSON.stringify(line))
      assert.equal(answer.message.split(': ')[0], `lines[0].${field}`)
    }
    assert.equal(refusalOf(await accept(order, 9)), 'NotFound')
  })

  it('gives up neither the stock nor the money while a service is away', async () => {
    const order = world.order({
      takeBack: failing(9, async () => {}),
      refundOrder: failing(9, async () => ({ kind: 'refunded' as const, amount: 500 })),
    })
    await ask(order)
    await accept(order)
    await receive(order)
    assert.deepEqual(await outcome(order), { opened, status: 'refunded', refunded: 500 })
  })
})

const onRecord = { kind: 'as_noted' as const, sequence: 10 }
