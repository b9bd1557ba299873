import { isCustomerId } from './rules.ts'

const usualPage = 50
const largestPage = 200

export const pageLimit = (pageSize: number): number => pageSize || usualPage

/** `pageSize` 0 and cursor '' stand for none given. */
export function pageProblems(search: string, pageSize: number, cursor: string): string[] {
  return [
    ...(/^\P{Cc}{0,100}$/u.test(search) ? [] : ['search: must be at most 100 printable characters']),
    ...(pageSize >= 0 && pageSize <= largestPage
      ? []
      : [`page_size: must be from 1 to ${largestPage}, or 0 for ${usualPage}`]),
    ...(cursor === '' || isCustomerId(idIn(cursor)) ? [] : ['cursor: must be one that an earlier page gave']),
  ]
}

/** Callers see a text that means nothing to them, so that what is in it may change. */
export const cursorAfter = (customerId: string): string => Buffer.from(customerId).toString('base64url')
export const idIn = (cursor: string): string => Buffer.from(cursor, 'base64url').toString()
