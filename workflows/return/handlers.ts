import { CancellationScope, condition, setHandler } from '@temporalio/workflow'
import { failureTypes } from '#contracts/failures.ts'
import type { OpenedReturn, ReceivedReturn, ReturnAnswer, ReturnDecision } from '#contracts/return.ts'
import { decideReturnUpdate, openReturnUpdate, receiveReturnUpdate } from '../shared/definitions.ts'
import { refuse } from '../shared/refuse.ts'
import { refuseMalformed, shapes } from '../shared/wellformed.ts'
import type { ReturnState } from './state.ts'

/** Who may ask what of a running return. Each update answers once what it asked for is on record. */
export function handleReturnRequests(goods: ReturnState): void {
  const { orderId, number } = goods.request
  const until = async (reached: () => boolean): Promise<ReturnAnswer> => {
    // Not cancelled with the workflow, which then is refused and says so.
    await CancellationScope.nonCancellable(() => condition(reached))
    const { status, due } = goods
    return { orderId, number, status, ...(due !== undefined && { amount: due }) }
  }
  setHandler(openReturnUpdate, async (): Promise<OpenedReturn> => {
    await until(() => goods.opened !== undefined)
    return goods.answer
  })
  setHandler(
    decideReturnUpdate,
    (decision) => {
      goods.decision = decision
      return until(() => goods.status !== 'requested')
    },
    {
      validator: (decision: ReturnDecision) => {
        refuseMalformed(decision, shapes.decideReturn)
        if (goods.opened?.kind !== 'opened' || goods.decision)
          refuse(failureTypes.notNow, `the return is ${goods.status} and awaits no decision`)
      },
    },
  )
  setHandler(
    receiveReturnUpdate,
    (receipt) => {
      goods.receipt = receipt
      return until(() => goods.status !== 'accepted')
    },
    { validator: (receipt) => validateReceipt(goods, receipt) },
  )
  CancellationScope.current().cancelRequested.catch(() => {
    goods.decision ??= { accept: false, by: 'staff:temporal', note: 'the workflow was cancelled' }
  })
}

function validateReceipt(goods: ReturnState, receipt: ReceivedReturn): void {
  refuseMalformed(receipt, shapes.receiveReturn)
  const { lines } = receipt
  if (goods.status !== 'accepted' || goods.receipt || goods.expired)
    refuse(
      failureTypes.notNow,
      `the return is ${goods.expired ? 'expired' : goods.status} and awaits no goods`,
    )
  if (!lines) return
  if (lines.length === 0)
    refuse(failureTypes.invalidReceipt, 'lines: nothing has arrived: wait, or leave it to expire')
  const seen = new Set<number>()
  for (const [i, { lineNumber, restocked, writtenOff }] of lines.entries()) {
    const asked = goods.lines.find((line) => line.lineNumber === lineNumber)
    if (!asked || seen.has(lineNumber))
      refuse(
        failureTypes.invalidReceipt,
        `lines[${i}].lineNumber: the return has no line ${lineNumber}, or it is named twice`,
      )
    seen.add(lineNumber)
    const pieces = restocked + writtenOff
    if (![restocked, writtenOff].every((n) => Number.isSafeInteger(n) && n >= 0) || pieces < 1)
      refuse(failureTypes.invalidReceipt, `lines[${i}].restocked: name at least one piece that arrived`)
    if (pieces > asked.quantity)
      refuse(
        failureTypes.invalidReceipt,
        `lines[${i}].restocked: only ${asked.quantity} of line ${lineNumber} were to come back`,
      )
  }
}
