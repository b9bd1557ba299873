import { textProblem } from './texts.ts'

/** A list is asked for with `pageSize` 0 and `cursor` '' when none is given. */
type AskedPage = { pageSize: number; cursor: string }

type PageRules = {
  /** When no size is given. */
  usual: number
  largest: number
  /** Asked about what is not ''. */
  isCursor(cursor: string): boolean
}

/** What is wrong with the page that was asked for, each with the field's name; none when it is right. */
export function pageProblems(
  { pageSize, cursor }: AskedPage,
  { usual, largest, isCursor }: PageRules,
): string[] {
  return [
    ...(pageSize >= 0 && pageSize <= largest
      ? []
      : [`page_size: must be from 1 to ${largest}, or 0 for ${usual}`]),
    ...(cursor === '' || isCursor(cursor) ? [] : ['cursor: must be one that an earlier page gave']),
  ]
}

export function searchProblems(search: string): string[] {
  const problem = textProblem(search, { most: 100, least: 0 })
  return problem === undefined ? [] : [`search: ${problem}`]
}

/** `found` holds one more than the `limit` of the page when there is a next one; `nextCursor` is '' when there is none. */
export function pageOf<T>(found: readonly T[], limit: number, cursorAfter: (last: T) => string) {
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return { page, nextCursor: last !== undefined && found.length > limit ? cursorAfter(last) : '' }
}

/** Callers see a text that means nothing to them, so that what is in it may change. */
export const cursorOf = (text: string): string => Buffer.from(text).toString('base64url')
export const textIn = (cursor: string): string => Buffer.from(cursor, 'base64url').toString()
