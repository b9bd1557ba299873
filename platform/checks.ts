export const isWhole = (value: number, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && value >= least && value <= most

/** The places where a text stands again. */
export const repeats = (texts: readonly string[]): Set<number> =>
  new Set(texts.flatMap((text, i) => (texts.indexOf(text) < i ? [i] : [])))
