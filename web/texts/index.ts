import { en } from './en.ts'

/** What a language is: another file of the same shape. */
export type Texts = typeof en

/** The one place where a language is chosen. */
export const texts: Texts = en

/** A browser may be set to something that is no language tag, such as en-US@posix. */
function isLanguage(tag: string): boolean {
  try {
    return new Intl.Locale(tag).language !== ''
  } catch {
    return false
  }
}

/** For `Intl`: dates and amounts are written as the reader's own browser would. */
export const locale: string =
  (typeof navigator === 'undefined' ? [] : navigator.languages).find(isLanguage) ?? 'en-GB'
