import { inMinor, type Minor } from '#contracts/money.ts'

export type DecimalMark = '.' | ','

/** Which mark the digits of a number prove: 4,25 a comma, 1.234,5 a comma, 6 none. 1,234 is `either`. */
export function markOf(text: string): DecimalMark | 'either' | undefined {
  if (COMMON.test(text)) return text.includes('.') ? '.' : undefined
  const marks = plain(text).match(/[.,]/g) ?? []
  const [first, last] = [marks[0], marks.at(-1)]
  if (first === undefined || last === undefined) return undefined
  if (first !== last) return last as DecimalMark
  if (marks.length > 1) return other(first as DecimalMark)
  return /^-?[1-9]\d{0,2}[.,]\d{3}$/.test(plain(text)) ? 'either' : (last as DecimalMark)
}

/** In minor units; undefined when it is no amount. `mark` decides what 1,234 means. */
export const amountOf = (text: string, mark: DecimalMark | undefined): Minor | undefined =>
  inMinor(canonical(text, mark) ?? '')

/** "6", "6.0" and "1,000" are whole; undefined for anything else, and beyond what an int32 can carry. */
export function wholeOf(text: string, mark: DecimalMark | undefined): number | undefined {
  const digits = /^(-?\d{1,10})(?:\.0*)?$/.exec(canonical(text, mark) ?? '')?.[1]
  const number = Number(digits)
  return digits === undefined || Math.abs(number) >= 2 ** 31 ? undefined : number
}

/** Most are written so, and in one way only. */
const COMMON = /^-?\d+(?:\.\d\d?)?$/

/** With a point before the decimals, and nothing between thousands. */
function canonical(text: string, fileMark: DecimalMark | undefined): string | undefined {
  if (COMMON.test(text)) return text
  const proven = markOf(text)
  const mark = proven === 'either' ? fileMark : (proven ?? '.')
  if (mark === undefined) return undefined
  const [whole = '', ...decimals] = plain(text).split(mark)
  if (decimals.length > 1 || !/^-?(\d*|\d{1,3}(?:([.,])\d{3})*)$/.test(whole)) return undefined
  const digits = whole.replaceAll(other(mark), '')
  if (decimals.length === 0) return digits
  return decimals[0] === '' ? undefined : `${digits.replace(/^(-?)$/, '$10')}.${decimals[0]}`
}

/** Without a pound sign, and without blanks or apostrophes between thousands. */
const plain = (text: string): string =>
  text.replace(/^(-?)£\s*/, '$1').replace(/(?<=\d)[\s'’](?=\d{3}(?!\d))/gu, '')

const other = (mark: DecimalMark): DecimalMark => (mark === '.' ? ',' : '.')
