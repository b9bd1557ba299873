import type { Int8 } from './int8.ts'

export const isWhole = (value: Int8, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && value >= least && value <= most

const grouped = new Intl.NumberFormat('en')
/** For `must be …`. */
export const wholeInWords = (least: number, most: number): string =>
  `a whole number from ${grouped.format(least)} to ${grouped.format(most)}`

/** The places where a text stands again. */
export const repeats = (texts: readonly string[]): Set<number> =>
  new Set(texts.flatMap((text, i) => (texts.indexOf(text) < i ? [i] : [])))
