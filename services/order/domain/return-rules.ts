import { maxLines } from '#contracts/lines.ts'
import type { ShipmentFacts } from '#contracts/order-facts.ts'
import type { PricedReturnLine, RequestReturn } from '#contracts/return.ts'

/** A line of which pieces were delivered; `left` of them have not come back and are not about to. */
export type ReturnableLine = Omit<PricedReturnLine, 'quantity'> & { left: number }

/** `comingBack`: pieces by line number, of the order's other returns. A line's first warehouse takes it back. */
export function returnableLines(
  shipments: readonly Pick<ShipmentFacts, 'status' | 'warehouseId' | 'lines'>[],
  comingBack: ReadonlyMap<number, number>,
): Map<number, ReturnableLine> {
  const lines = new Map<number, ReturnableLine>()
  for (const { status, warehouseId, lines: delivered } of shipments) {
    if (status !== 'delivered') continue
    for (const { lineNumber, productId, unitPrice, quantity } of delivered) {
      const known = lines.get(lineNumber)
      const left = (known?.left ?? -(comingBack.get(lineNumber) ?? 0)) + quantity
      lines.set(lineNumber, { lineNumber, productId, unitPrice, warehouseId, ...known, left })
    }
  }
  return lines
}

export type ReturnJudgement =
  | { kind: 'opened'; lines: PricedReturnLine[]; amount: number }
  | { kind: 'refused'; problems: string[] }

/** Whether these pieces can come back; otherwise what is wrong, each with the field's path. */
export function judgeReturn(
  request: Pick<RequestReturn, 'lines' | 'reason'>,
  orderStatus: string,
  returnable: ReadonlyMap<number, ReturnableLine>,
): ReturnJudgement {
  if (orderStatus !== 'completed')
    return refused([`orderId: goods can come back once the order is completed; it is ${orderStatus}`])
  if (request.lines.length < 1 || request.lines.length > maxLines)
    return refused(['lines: must be 1 to 1,000'])
  const problems = request.lines.flatMap((line, i) => lineProblems(line, i, request.lines, returnable))
  if (problems.length > 0) return refused(problems.slice(0, 20))
  const lines = request.lines.flatMap(({ lineNumber, quantity }) => {
    const line = returnable.get(lineNumber)
    if (!line) return []
    const { left: _, ...priced } = line
    return [{ ...priced, quantity }]
  })
  return {
    kind: 'opened',
    lines,
    amount: lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0),
  }
}

const refused = (problems: string[]): ReturnJudgement => ({ kind: 'refused', problems })

function lineProblems(
  { lineNumber, quantity }: RequestReturn['lines'][number],
  i: number,
  all: RequestReturn['lines'],
  returnable: ReadonlyMap<number, ReturnableLine>,
): string[] {
  const left = returnable.get(lineNumber)?.left
  if (left === undefined) return [`lines[${i}].lineNumber: nothing of line ${lineNumber} was delivered`]
  if (all.findIndex((line) => line.lineNumber === lineNumber) !== i)
    return [`lines[${i}].lineNumber: ${lineNumber} is duplicated`]
  if (!Number.isSafeInteger(quantity) || quantity < 1)
    return [`lines[${i}].quantity: must be a whole number from 1`]
  if (quantity > left)
    return [`lines[${i}].quantity: ${left} of line ${lineNumber} can come back, not ${quantity}`]
  return []
}
