import { isProductId, isWarehouseId, productIdInWords, warehouseIdInWords } from '#contracts/ids.ts'
import type { RestockReturn } from '#contracts/inventory.ts'
import { lengths } from '#contracts/limits.ts'
import { wholeInWords } from '#platform/values/checks.ts'
import { type TextLimits, textProblem, visibleAscii } from '#platform/values/texts.ts'
import { maxInStock } from './product-rules.ts'
import { type CameBackWith, type Movement, movementKey, type ProductStock } from './stock.ts'

/** Pieces that staff put in (above zero) or take out, once per key. */
export type AdjustStock = {
  productId: string
  warehouseId: string
  change: number
  reason: string
  by: string
  key: string
}

export type AdjustmentRefusal =
  /** Less would be left than is promised to orders. */
  { kind: 'too_few'; stock: ProductStock } | { kind: 'too_many'; stock: ProductStock }

/** Undefined: it may be done. */
export function judgeAdjustment(stock: ProductStock, change: number): AdjustmentRefusal | undefined {
  const after = stock.onHand + change
  if (after < stock.reserved) return { kind: 'too_few', stock }
  return after > maxInStock ? { kind: 'too_many', stock } : undefined
}

const keys = visibleAscii(300)

const rule = (right: boolean, problem: string): string[] => (right ? [] : [problem])

function textRule(field: string, text: string, limits: TextLimits): string[] {
  const problem = textProblem(text, limits)
  return problem === undefined ? [] : [`${field}: ${problem}`]
}

/** What is wrong with a request, each with the field's name; none when it is right. */
export function adjustmentProblems(request: AdjustStock): string[] {
  const { productId, warehouseId, change, reason, by, key } = request
  return [
    ...rule(isProductId(productId), `product_id: must be ${productIdInWords}`),
    ...rule(isWarehouseId(warehouseId), `warehouse_id: must be ${warehouseIdInWords}`),
    ...rule(
      change !== 0 && Math.abs(change) <= maxInStock,
      `change: must be ${wholeInWords(-maxInStock, maxInStock)}, and not 0`,
    ),
    ...textRule('reason', reason, lengths.note),
    ...textRule('by', by, { max: 200 }),
    ...rule(keys.form.test(key), `key: must be ${keys.inWords}`),
  ]
}

/** What a return puts back on the shelves, and what of it is only noted. */
export function movementsOf({ orderId, number, by, lines }: RestockReturn): Movement[] {
  return lines.flatMap(({ lineNumber, restocked, writtenOff, productId, warehouseId }) => {
    const cameBack: CameBackWith = { orderId, number, lineNumber }
    const about = { productId, warehouseId, reason: `return ${number}`, by, with: cameBack }
    const pieces = [
      { kind: 'restocked' as const, quantity: restocked, change: restocked },
      { kind: 'written_off' as const, quantity: writtenOff, change: 0 },
    ]
    return pieces
      .filter(({ quantity }) => quantity !== 0)
      .map((moved) => ({ ...about, ...moved, key: movementKey.returned(cameBack, moved.kind) }))
  })
}

/** An order's line: pieces that went to the customer, and pieces that have come back. */
export type SoldLine = { lineNumber: number; productId: string; sold: number; back: number }

/** Says of which lines more would have come back than was sold; undefined when of none. */
export function beyondSold(lines: RestockReturn['lines'], order: readonly SoldLine[]): string | undefined {
  const tooMany = lines.flatMap(({ lineNumber, productId, restocked, writtenOff }) => {
    const line = order.find((one) => one.lineNumber === lineNumber && one.productId === productId)
    const { sold = 0, back = 0 } = line ?? {}
    const coming = restocked + writtenOff
    return back + coming <= sold ? [] : [`line ${lineNumber}: ${sold} sold, ${back} back, ${coming} more`]
  })
  return tooMany.length === 0 ? undefined : tooMany.join('; ')
}
