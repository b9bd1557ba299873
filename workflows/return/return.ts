import { allHandlersFinished, CancellationScope, condition, setCurrentDetails } from '@temporalio/workflow'
import type { Actor } from '#contracts/actor.ts'
import type { RequestReturn, ReturnOutcome } from '#contracts/return.ts'
import { amountOf } from '../order/steps.ts'
import { untilDone } from '../shared/until-done.ts'
import { handleReturnRequests } from './handlers.ts'
import { ReturnState } from './state.ts'

/** Goods that come back after delivery: asked for, accepted or refused, received, and paid back once. */
export async function returnWorkflow(request: RequestReturn): Promise<ReturnOutcome> {
  const goods = new ReturnState(request)
  handleReturnRequests(goods)
  // Whoever cancels the workflow refuses the return, as long as nothing has arrived.
  await CancellationScope.nonCancellable(async () => {
    await takeCareOf(goods)
    await condition(allHandlersFinished)
  })
  const { answer, status, refunded } = goods
  return { opened: answer, status: answer.kind === 'opened' ? status : null, refunded }
}

async function takeCareOf(goods: ReturnState): Promise<void> {
  // 1. Record: only what was delivered and has not come back yet.
  await open(goods)
  if (goods.opened?.kind !== 'opened') return
  // A later run goes through the same steps: what is on record is not written again.
  goods.goOnFrom(goods.opened.reached)

  // 2. Staff accept it or refuse it.
  setCurrentDetails('The staff, to accept or refuse it.')
  await condition(() => goods.decision !== undefined)
  const { accept, by, note } = goods.decision ?? { accept: false, by: 'system' as const }
  await goods.record(accept ? 'accepted' : 'refused', by, note)
  if (!accept) return

  // 3. The goods arrive, or they never do.
  setCurrentDetails('The goods, to arrive.')
  await condition(() => goods.receipt !== undefined, goods.opened.policy.arriveWithin)
  goods.expired = !goods.receipt
  if (!goods.receipt) return goods.record('expired', 'system', 'the goods did not arrive')
  await goods.record('received', goods.receipt.by, goods.receipt.note)

  // 4. Stock goes back or is written off, and the money goes back, each once.
  await restock(goods, goods.receipt.by)
  await payBack(goods)
}

async function open(goods: ReturnState): Promise<void> {
  goods.opened = await untilDone('record', 'Being recorded.', ({ order }) =>
    order.openReturn.executeWithOptions({ summary: 'Judge and record the return' }, [goods.request]),
  )
}

async function restock(goods: ReturnState, by: Actor): Promise<void> {
  const { orderId, number, traceparent } = goods.request
  const lines = goods.arrived
  await untilDone('take_back', 'Taking the goods into stock.', ({ inventory }) =>
    inventory.takeBack.executeWithOptions({ summary: 'Take the goods back' }, [
      { orderId, number, by, lines, traceparent },
    ]),
  )
}

async function payBack(goods: ReturnState): Promise<void> {
  const { orderId, number, traceparent } = goods.request
  const refund = await untilDone('refund', 'Giving the money back.', ({ payment }) =>
    payment.refundOrder.executeWithOptions({ summary: 'Pay the returned goods back' }, [
      {
        kind: 'part',
        orderId,
        part: `return/${number}`,
        amount: goods.due ?? goods.worth,
        beyond: 'cap',
        reason: `return ${number}`,
        traceparent,
      },
    ]),
  )
  await goods.recordRefund(amountOf(refund))
}
