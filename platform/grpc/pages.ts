import { createHash } from 'node:crypto'
import { wholeInWords } from '../values/checks.ts'
import { textProblem } from '../values/texts.ts'

/** A list is asked for with `pageSize` 0 and `cursor` '' when none is given. */
type AskedPage = { pageSize: number; cursor: string }

type List<Position> = {
  /** No other list of any service has this name. */
  name: string
  /** The page's size when none is given. */
  usual: number
  largest: number
  /** What a cursor says of the last entry of a page, and how it is read. */
  write(last: Position): string
  read(text: string): Position | undefined
}

export type Page<Position> = {
  /** What is wrong with the page that was asked for, each with the field's name; none when it is right. */
  problems: string[]
  /** Entries to look for: one more than the page has, to see whether there is a next one. */
  limit: number
  /** The entry that the page comes after; undefined: the list begins with it. */
  after: Position | undefined
  /** `nextCursor` is '' on the last page. */
  of<T extends Position>(found: readonly T[]): { page: T[]; nextCursor: string }
}

/**
 * The pages of a list. A cursor means nothing to callers, so that what is in it may change; it carries a checksum over the
 * list's name and filters, so that it is good for no other list, and for no other question to this one.
 */
export const pagesOf =
  <Position>({ name, usual, largest, write, read }: List<Position>) =>
  ({ pageSize, cursor }: AskedPage, filters: readonly unknown[] = []): Page<Position> => {
    const checksumOf = (text: string) =>
      createHash('sha256')
        .update(JSON.stringify([name, filters, text]))
        .digest('base64url')
        .slice(0, CHECKSUM)
    const cursorAfter = (text: string) => `${checksumOf(text)}${Buffer.from(text).toString('base64url')}`
    const text = Buffer.from(cursor.slice(CHECKSUM), 'base64url').toString()
    const after = cursor !== '' && cursor === cursorAfter(text) ? read(text) : undefined
    const size = pageSize || usual
    return {
      problems: [
        ...(pageSize >= 0 && pageSize <= largest ? [] : [`page_size: must be ${wholeInWords(1, largest)}`]),
        ...(cursor === '' || after !== undefined ? [] : [`cursor: ${cursorInWords}`]),
      ],
      limit: size + 1,
      after,
      of: (found) => {
        const page = found.slice(0, size)
        const last = page.at(-1)
        return { page, nextCursor: last && found.length > size ? cursorAfter(write(last)) : '' }
      },
    }
  }

/** In characters of base64: 48 bits. */
const CHECKSUM = 8

export const cursorInWords =
  'must be the nextCursor of an earlier page of this list, asked for with the same filters'

export function searchProblems(search: string): string[] {
  const problem = textProblem(search, { max: 100, min: 0 })
  return problem === undefined ? [] : [`search: ${problem}`]
}
