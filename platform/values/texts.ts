/** The one rule for texts that people and other systems write, wherever they come in. */

/**
 * `max` counts characters as people do: an emoji, or a letter with its accents, is one. `maxBytes` is for what becomes a key
 * or an id elsewhere. A text may be '' when `min` is 0.
 */
export type TextLimits = { max: number; maxBytes?: number; min?: 0 | 1 }

/** Postgres, Kafka and Temporal count bytes; the longest emoji has 35. */
const bytesPerCharacter = 40

/** In words, what a text must be; undefined when it is right. */
export function textProblem(text: string, limits: TextLimits): string | undefined {
  if (text === '') return limits.min === 0 ? undefined : inWords(limits)
  if (isTooLong(text, limits)) return inWords(limits)
  if (BLANK.test(text)) return 'must not be blank'
  if (BROKEN.test(text)) return 'must not have control characters, line breaks or broken characters'
  if (HIDDEN.test(text))
    return 'must not have characters that cannot be seen, or that turn the direction of writing'
  return PILED.test(text) ? `must not have more than ${maxMarks} marks on one letter` : undefined
}

export const isText = (text: string, limits: TextLimits): boolean => textProblem(text, limits) === undefined

const inWords = ({ max, maxBytes, min = 1 }: TextLimits): string =>
  `must be ${min} to ${max} characters${maxBytes === undefined ? '' : `, and at most ${maxBytes} bytes`}`

/** For what is never shown, such as a password: any characters, counted as people do. */
export const isBetween = (text: string, min: number, max: number): boolean => {
  if (!text.isWellFormed() || text.length > max * bytesPerCharacter) return false
  const count = charactersIn(text)
  return count >= min && count <= max
}

/** For keys that clients make: they become parts of file names, headers and database keys. */
export const visibleAscii = (max: number) => ({
  form: new RegExp(String.raw`^[\x21-\x7e]{1,${max}}$`),
  inWords: `1 to ${max} visible ASCII characters`,
})

/** An e-mail address, as mail servers take them: at most 254 bytes. */
export const isEmail = (text: string): boolean =>
  isText(text, { max: 254, maxBytes: 254 }) &&
  /^[^\s@<>"(),:;[\]\\]+@[^\s@<>"(),:;[\]\\]+\.[^\s@<>"(),:;[\]\\]+$/u.test(text)
export const emailInWords = 'an e-mail address such as name@example.com'

/** One form of what looks the same: é is one character or a letter and its accent. Texts are kept and compared like this. */
export const composed = (text: string): string => text.normalize('NFC')

/** The nearest text that is right, for what cannot be sent back to whoever wrote it; '' when nothing is left. */
export function tidied(text: string, limits: TextLimits): string {
  const clean = composed(text.toWellFormed())
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .replaceAll(ALL_BROKEN, '')
    .replaceAll(ALL_HIDDEN, '')
    .replaceAll(BEYOND_PILED, '')
    .trim()
  if (BLANK.test(clean)) return ''
  return isTooLong(clean, limits) ? shortened(clean, limits) : clean
}

const asPeopleCount = new Intl.Segmenter()
const charactersIn = (text: string): number => [...asPeopleCount.segment(text)].length
const bytesOf = (text: string): number => new TextEncoder().encode(text).length

function isTooLong(text: string, { max, maxBytes = max * bytesPerCharacter }: TextLimits): boolean {
  // No text has fewer bytes than code units, nor more characters; and counting is slow.
  if (text.length > maxBytes || bytesOf(text) > maxBytes) return true
  return text.length > max && charactersIn(text) > max
}

function shortened(text: string, limits: TextLimits): string {
  let short = ''
  for (const { segment } of asPeopleCount.segment(text)) {
    if (isTooLong(short + segment, limits)) break
    short += segment
  }
  return short.trimEnd()
}

/** U+FFFD stands for bytes that were no text: different ones would become the same. */
const BROKEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\ufffd]/u
const ALL_BROKEN = new RegExp(BROKEN, 'gu')

const maxMarks = 8
const PILED = new RegExp(String.raw`\p{M}{${maxMarks + 1}}`, 'u')
const BEYOND_PILED = new RegExp(String.raw`(?<=\p{M}{${maxMarks}})\p{M}`, 'gu')

/** The braille pattern without dots looks like a space, and is none. */
const BLANK = /^[\s\p{Default_Ignorable_Code_Point}\p{M}\u2800]*$/u

const joiningScripts =
  'Arab Syrc Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr Tibt'.split(' ')
const joining = `[${joiningScripts.map((script) => String.raw`\p{scx=${script}}`).join('')}]`
/** What cannot be seen and yet belongs to what can: parts of an emoji, of a word of these scripts, of a flag. */
const seen = [
  String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D(?=\p{Extended_Pictographic})`,
  String.raw`(?<=${joining})[\u200C\u200D](?=${joining}|\s|$)`,
  String.raw`(?<=[\p{L}\p{N}\p{P}\p{S}])[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]`,
  String.raw`(?<=\u{1F3F4}[\u{E0020}-\u{E007E}]{0,6})[\u{E0020}-\u{E007F}]`,
].join('|')
const HIDDEN = new RegExp(String.raw`(?!${seen})[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]`, 'u')
const ALL_HIDDEN = new RegExp(HIDDEN, 'gu')
