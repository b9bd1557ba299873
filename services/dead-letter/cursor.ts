import type { ListPosition } from './shelf.ts'

/** Opaque to callers: the last letter of a page. */
export const cursorAfter = ({ at, id }: ListPosition): string =>
  Buffer.from(`${at.toISOString()} ${id}`).toString('base64url')

/** Undefined when `cursorAfter` did not write it; '' included. */
export function readCursor(cursor: string): ListPosition | undefined {
  const text = Buffer.from(cursor, 'base64url').toString()
  const [, time = '', id] = /^(\S{1,30}) (\S{1,200})$/.exec(text) ?? []
  const at = new Date(time)
  return id === undefined || Number.isNaN(at.getTime()) ? undefined : { at, id }
}
