import { InvalidArgumentError, Option } from 'commander'
import { inMinor } from '#contracts/money.ts'

/** For a command that has --json. */
export type Json = { json?: boolean }

/** For a command that changes something. */
export type Keyed = { key?: string }

export const keyOption = () =>
  new Option(
    '--key <text>',
    'a name for this request: under the same name it happens once; without it a new one',
  )

/** For commander: pounds such as 2.55 in minor units. */
export function amount(text: string): number {
  const minor = inMinor(text)
  if (minor === undefined || minor < 1) throw new InvalidArgumentError('Wanted: an amount such as 2.55.')
  return minor
}

/** For commander: pieces that come in, or below zero go out. */
export function change(text: string): number {
  if (/^[+-]?\d{1,7}$/.test(text) && Number(text) !== 0) return Number(text)
  throw new InvalidArgumentError('Wanted: pieces that come in such as 5, or that go out such as -5.')
}

/** For commander: the number of a return. */
export function ordinal(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Wanted: the number of a return, such as 1.')
}

/** For commander: what stands behind each line number, as in 1=2,3=0; `form` is what may stand there. */
export function perLine<T>(
  text: string,
  form: RegExp,
  read: (match: RegExpExecArray) => T,
): (T & Numbered)[] {
  const lines = text.split(',').map((one) => {
    const [, lineNumber, rest = ''] = /^\s*(\d{1,6})=(.*?)\s*$/.exec(one) ?? []
    const match = form.exec(rest)
    if (lineNumber === undefined || !match)
      throw new InvalidArgumentError(`"${one}" is not line=quantity, such as 1=2.`)
    return { lineNumber: Number(lineNumber), ...read(match) }
  })
  const twice = lines.find((line, i) => lines.findIndex((one) => one.lineNumber === line.lineNumber) !== i)
  if (twice) throw new InvalidArgumentError(`Line ${twice.lineNumber} is duplicated.`)
  return lines
}
type Numbered = { lineNumber: number }

/** For commander: 1=2,3=1. */
export const quantities = (text: string): { lineNumber: number; quantity: number }[] =>
  perLine(text, /^(\d{1,9})$/, ([quantity]) => ({ quantity: Number(quantity) }))
