import { en } from './en.ts'

/** What a language is: another file of the same shape. */
export type Texts = typeof en

/** The one place where a language is chosen. */
export const texts: Texts = en
/** For `Intl`: dates and amounts are written as the reader's own browser would. */
export const locale = typeof navigator === 'undefined' ? 'en-GB' : navigator.language
