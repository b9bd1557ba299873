import type { Int8 } from './int8.ts'

export const isWhole = (value: Int8, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= min && value <= max

const grouped = new Intl.NumberFormat('en')
/** For `must be …`. */
export const wholeInWords = (min: number, max: number): string =>
  `a whole number from ${grouped.format(min)} to ${grouped.format(max)}`

/** The places where a text stands again. */
export const repeats = (texts: readonly string[]): Set<number> =>
  new Set(texts.flatMap((text, i) => (texts.indexOf(text) < i ? [i] : [])))
