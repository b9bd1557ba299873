import type { ListPosition } from './topic-index.ts'

/** The last letter of a page, as its cursor says it. */
export const writePosition = ({ at, id }: ListPosition): string => `${at.toISOString()} ${id}`

/** Undefined when `writePosition` did not write it. */
export function readPosition(text: string): ListPosition | undefined {
  const [, time = '', id] = /^(\S{1,30}) (\S{1,200})$/.exec(text) ?? []
  const at = new Date(time)
  return id === undefined || Number.isNaN(at.getTime()) ? undefined : { at, id }
}
