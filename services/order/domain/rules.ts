import type { CustomerContact } from '#contracts/customer.ts'
import { idInWords, isId, isProductId, productIdInWords } from '#contracts/ids.ts'
import { highestLineNumber, maxLines, maxQuantity, type OrderLine } from '#contracts/lines.ts'
import { currencyInWords, isCurrency, maxAmount } from '#contracts/money.ts'
import { type PlaceOrder } from '#contracts/order.ts'
import { isWhole, wholeInWords } from '#platform/values/checks.ts'

/** What a wish is found to be: an order of somebody, or something that breaks these rules. */
export type Judgement =
  | { kind: 'recorded'; contact: CustomerContact }
  | { kind: 'refused'; problems: string[] }

const shownProblems = 20

/** What is wrong with an order as it was placed, each with the field's path; none when it can be taken on. */
export function orderProblems(
  order: Pick<PlaceOrder, 'customerId' | 'addressId' | 'currency' | 'lines'>,
): string[] {
  const { customerId, addressId, currency, lines } = order
  const problems = [
    ...(isId(customerId) ? [] : [`customerId: must be ${idInWords}`]),
    ...(addressId === undefined || isId(addressId) ? [] : [`addressId: must be ${idInWords}`]),
    ...(isCurrency(currency) ? [] : [`currency: must be ${currencyInWords}`]),
    ...(isWhole(lines.length, 1, maxLines) ? lines.flatMap(lineProblems) : [`lines: must be 1 to 1,000`]),
    ...repeatedNumbers(lines),
  ]
  if (problems.length === 0 && agreedTotal(lines) > maxAmount) {
    problems.push('lines: their agreed prices come to more than 10,000,000,000.00 together')
  }
  return inShort(problems)
}

/** For an order without other problems. */
export const unknownCustomer = (customerId: string): Judgement => ({
  kind: 'refused',
  problems: [`customerId: there is no customer ${customerId}`],
})

/** For an order without other problems. */
export const unknownAddress = (customerId: string, addressId: string): Judgement => ({
  kind: 'refused',
  problems: [`addressId: customer ${customerId} has no address "${addressId}"`],
})

function lineProblems({ lineNumber, productId, quantity, agreedPrice }: OrderLine, i: number): string[] {
  const checks: [field: string, holds: boolean, wanted: string][] = [
    ['lineNumber', isWhole(lineNumber, 1, highestLineNumber), wholeInWords(1, highestLineNumber)],
    ['productId', isProductId(productId), productIdInWords],
    ['quantity', isWhole(quantity, 1, maxQuantity), wholeInWords(1, maxQuantity)],
    [
      'agreedPrice',
      agreedPrice === undefined || isWhole(agreedPrice, 1, maxAmount),
      wholeInWords(1, maxAmount),
    ],
  ]
  return checks.flatMap(([field, holds, wanted]) =>
    holds ? [] : [`lines[${i}].${field}: must be ${wanted}`],
  )
}

function repeatedNumbers(lines: readonly OrderLine[]): string[] {
  const seen = new Set<number>()
  return lines.flatMap(({ lineNumber }, i) => {
    const repeated = seen.has(lineNumber)
    seen.add(lineNumber)
    return repeated ? [`lines[${i}].lineNumber: ${lineNumber} is duplicated`] : []
  })
}

const agreedTotal = (lines: readonly OrderLine[]): number =>
  lines.reduce((sum, { quantity, agreedPrice = 0 }) => sum + quantity * agreedPrice, 0)

/** They go into the order's history and the workflow's: of a thousand wrong lines the first few will do. */
function inShort(problems: string[]): string[] {
  const rest = problems.length - shownProblems
  return rest > 0 ? [...problems.slice(0, shownProblems), `and ${rest} more`] : problems
}
