import { isProductId, productIdInWords } from '#contracts/ids.ts'
import { lengths } from '#contracts/limits.ts'
import { currencyInWords, isCurrency, maxAmount } from '#contracts/money.ts'
import { isWhole, repeats, wholeInWords } from '#platform/values/checks.ts'
import { textProblem } from '#platform/values/texts.ts'
import { type Product } from './stock.ts'

export const maxPerRequest = 500
export const maxInStock = 1_000_000_000

/** What is wrong with the products of one request, each with the field's name; none when all are right. */
export function productProblems(products: readonly Product[], warehouseIds: readonly string[]): string[] {
  if (products.length > maxPerRequest) return [`products: must be at most ${maxPerRequest} in one request`]
  const twice = repeats(products.map(({ productId }) => productId))
  return products.flatMap((product, i) => [
    ...fieldProblems(`products[${i}]`, product),
    ...(twice.has(i) ? [`products[${i}].product_id: ${product.productId} is duplicated`] : []),
    ...stockProblems(`products[${i}].stock`, product.stock, warehouseIds),
  ])
}

function fieldProblems(field: string, { productId, name, price, currency }: Product): string[] {
  const nameProblem = textProblem(name, lengths.name)
  return [
    ...(isProductId(productId) ? [] : [`${field}.product_id: must be ${productIdInWords}`]),
    ...(nameProblem === undefined ? [] : [`${field}.name: ${nameProblem}`]),
    ...(isWhole(price, 1, maxAmount) ? [] : [`${field}.price: must be ${wholeInWords(1, maxAmount)}`]),
    ...(isCurrency(currency) ? [] : [`${field}.currency: must be ${currencyInWords}`]),
  ]
}

function stockProblems(field: string, stock: Product['stock'], warehouseIds: readonly string[]): string[] {
  const twice = repeats(stock.map(({ warehouseId }) => warehouseId))
  return stock.flatMap(({ warehouseId, onHand }, i) => [
    ...(warehouseIds.includes(warehouseId)
      ? []
      : [`${field}[${i}].warehouse_id: must be one of ${warehouseIds.join(', ')}`]),
    ...(twice.has(i) ? [`${field}[${i}].warehouse_id: ${warehouseId} is duplicated`] : []),
    ...(isWhole(onHand, 0, maxInStock)
      ? []
      : [`${field}[${i}].on_hand: must be ${wholeInWords(0, maxInStock)}`]),
  ])
}
