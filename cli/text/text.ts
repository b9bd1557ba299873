/**
 * What a terminal would obey or hide instead of showing: control characters and escapes, marks that turn the direction of
 * writing, and characters of no width. Whatever comes from servers, messages and files is shown without them.
 */
const UNSEEN =
  /(?![\n\t])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u00AD\u200B\u2060\uFEFF\u{E0000}-\u{E007F}]/gu

const codeUnits = (text: string): string =>
  text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/** With the unseen written out, such as \u001b. Line breaks and tabs stay. */
export const visible = (text: string): string => text.replaceAll(UNSEEN, codeUnits)

const COLOUR = new RegExp(String.raw`(${String.fromCharCode(27)}\[\d{1,2}m)`)

/** Our own colours stay: for what was put together of our text and of what `visible` made. */
export const coloured = (text: string): string =>
  text
    .split(COLOUR)
    .map((part, i) => (i % 2 === 1 ? part : visible(part)))
    .join('')

export const oneLine = (text: string): string => visible(text).replaceAll(/\s*[\n\t]\s*/g, ' ')

/** A copy in which all texts can be shown. */
export function clean<T>(value: T): T
export function clean(value: unknown): unknown {
  if (typeof value === 'string') return visible(value)
  if (Array.isArray(value)) return value.map((one) => clean(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [visible(name), clean(one)]))
}

/** The same value for whoever reads the JSON, and nothing that a terminal obeys. */
export const asJson = (value: unknown): string => visible(JSON.stringify(value))
