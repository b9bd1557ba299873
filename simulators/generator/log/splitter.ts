import { LogRefused } from './refused.ts'

/** How a file separates its cells, and how it writes a quote inside a quoted one: "" or \". */
export type Dialect = { delimiter: string; escape: 'doubled' | 'backslash' }

/** One row; `line` is that of its beginning, from 1. `damage`: it is no row, and `cells` are those before the damaged one. */
export type Split = { line: number; cells: string[]; damage?: Damage; text?: string }
export type Damage = 'open_quote' | 'text_after_quote' | 'stray_quote'

/** What a spreadsheet's cell can hold. A quote that is open for longer was forgotten. */
const LONGEST_CELL = 32_767
const LONGEST_LINE = 1_000_000

type Options = {
  dialect: Dialect
  /** Whether a line that stands within quotes would be a row of its own: then the quote before it was forgotten. */
  isRow: (cells: readonly string[]) => boolean
  /** Whether a row of several lines has its cells: else a quote before them was forgotten. */
  isWhole: (cells: readonly string[]) => boolean
  onRow: (row: Split) => void
}

/**
 * Splits text into rows, whatever is wrong with some of them: a row that cannot be split is damaged and ends with its line,
 * and the next line is read afresh. A parser that reads on to the next quote would lose rows without a word.
 */
export function createSplitter({ onRow, ...options }: Options) {
  let text = ''
  let at = 0
  let line = 1

  function split(isEnd: boolean): void {
    while (at < text.length) {
      const row = readRow(text, at, { ...options, isEnd })
      if (row === undefined) break
      const { cells, damage } = row
      onRow(damage ? { line, cells, damage, text: text.slice(at, row.end).trim() } : { line, cells })
      at = row.end
      line += row.lines
    }
    text = text.slice(at)
    at = 0
    if (text.length > LONGEST_LINE) {
      throw new LogRefused(`line ${line} has more than ${LONGEST_LINE} characters: this is no order log`)
    }
  }

  return {
    push(chunk: string): void {
      text += chunk
      split(false)
    },
    end: () => split(true),
  }
}

type Context = Omit<Options, 'onRow'> & { isEnd: boolean }
type RowEnd = { cells: string[]; end: number; lines: number; damage?: Damage }
type Cell = { value: string; end: number; isQuoted: boolean } | { damage: Damage } | 'more'

/** The row that begins at `start`; undefined when more text must come first. */
function readRow(text: string, start: number, context: Context): RowEnd | undefined {
  const cells: string[] = []
  let hasQuoted = false
  let hasStray = false
  for (let at = start; ; at++) {
    const cell = readCell(text, at, context)
    if (cell === 'more') return undefined
    if ('damage' in cell) return damagedRow(text, start, cell.damage, context)
    cells.push(cell.value)
    hasQuoted ||= cell.isQuoted
    hasStray ||= !cell.isQuoted && cell.value.includes('"')
    at = cell.end
    if (text[at] === context.dialect.delimiter) continue
    // Who quotes one cell quotes each that has a quote in it: one of these is a half.
    if (hasQuoted && hasStray) return damagedRow(text, start, 'stray_quote', context)
    const lines = linesIn(text, start, at) + 1
    if (lines > 1 && !context.isWhole(cells)) return damagedRow(text, start, 'open_quote', context)
    const end = lineEnd(text, at, context)
    return end && { cells, lines, end: end.next }
  }
}

/** It ends with its first line, and has the cells before the damage. */
function damagedRow(text: string, start: number, damage: Damage, context: Context): RowEnd | undefined {
  const end = lineEnd(text, start, context)
  if (!end) return undefined
  const { cells } = readLine(text.slice(start, end.at), context.dialect)
  return { cells, damage, lines: 1, end: end.next }
}

/** The cells of a line by itself, up to one that is damaged. */
export function readLine(line: string, dialect: Dialect): { cells: string[]; damage?: Damage } {
  const context = { dialect, isRow: () => false, isWhole: () => true, isEnd: true }
  const cells: string[] = []
  for (let at = 0; ; at++) {
    const cell = readCell(line, at, context)
    if (cell === 'more') return { cells }
    if ('damage' in cell) return { cells, damage: cell.damage }
    cells.push(cell.value)
    if (line[cell.end] !== dialect.delimiter) return { cells }
    at = cell.end
  }
}

function readCell(text: string, at: number, context: Context): Cell {
  const { delimiter } = context.dialect
  const begin = pastBlanks(text, at, delimiter)
  if (text[begin] === '"') return readQuoted(text, begin, context)
  let end = begin
  while (end < text.length && text[end] !== delimiter && !isLineEnd(text, end)) end++
  if (end === text.length && !context.isEnd) return 'more'
  return { value: text.slice(begin, end).trim(), end, isQuoted: false }
}

function readQuoted(text: string, open: number, context: Context): Cell {
  const close = closingQuote(text, open + 1, context.dialect)
  const last = Math.min(close ?? text.length, open + LONGEST_CELL)
  const torn = hidesRow(text, open, last, context)
  if (torn === 'more') return 'more'
  if (torn || last - open >= LONGEST_CELL) return { damage: 'open_quote' }
  if (close === undefined) return context.isEnd ? { damage: 'open_quote' } : 'more'
  const end = pastBlanks(text, close + 1, context.dialect.delimiter)
  // The next character tells a closing quote from a doubled one.
  if (end === text.length && !context.isEnd) return 'more'
  const isOver = end === text.length || text[end] === context.dialect.delimiter || isLineEnd(text, end)
  return isOver
    ? { value: withoutBlanks(unescaped(text.slice(open + 1, close), context.dialect)), end, isQuoted: true }
    : { damage: 'text_after_quote' }
}

/** Line breaks stay: they may tell that a quote was forgotten. */
function withoutBlanks(inside: string): string {
  const trimmed = inside.trim()
  return trimmed.length < inside.length && /^\s*?[\r\n]|[\r\n]\s*$/.test(inside) ? inside : trimmed
}

function closingQuote(text: string, from: number, { escape }: Dialect): number | undefined {
  const end = Math.min(text.length, from + LONGEST_CELL)
  for (let at = from; at < end; at++) {
    if (escape === 'backslash' && text[at] === '\\') at++
    else if (text[at] === '"' && text[at + 1] === '"') at++
    else if (text[at] === '"') return at
  }
  return undefined
}

const unescaped = (inside: string, { escape }: Dialect): string =>
  escape === 'doubled'
    ? inside.replaceAll('""', '"')
    : inside.replace(/\\(["\\])|""/g, (_, kept) => kept ?? '"')

/** Whether one of the lines that begin between `open` and `last` is a row by itself. */
function hidesRow(text: string, open: number, last: number, context: Context): boolean | 'more' {
  const { dialect, isRow } = context
  for (let at = open; at < last; at++) {
    if (!isLineEnd(text, at) || (text[at] === '\r' && text[at + 1] === '\n')) continue
    const end = lineEnd(text, at + 1, context)
    if (!end) return 'more'
    const { cells, damage } = readLine(text.slice(at + 1, end.at), dialect)
    // A quote in its first cell is the one that closes ours.
    if (!damage && !cells[0]?.includes('"') && isRow(cells)) return true
  }
  return false
}

/** Where the line ends, and where the next begins; undefined when that has not come yet. */
function lineEnd(text: string, from: number, { isEnd }: Context): { at: number; next: number } | undefined {
  let at = from
  while (at < text.length && !isLineEnd(text, at)) at++
  if (at === text.length) return isEnd ? { at, next: at } : undefined
  if (text[at] === '\n') return { at, next: at + 1 }
  if (at + 1 === text.length && !isEnd) return undefined
  return { at, next: text[at + 1] === '\n' ? at + 2 : at + 1 }
}

const isLineEnd = (text: string, at: number): boolean => text[at] === '\n' || text[at] === '\r'

/** Line ends within quotes; \r\n is one. */
function linesIn(text: string, from: number, to: number): number {
  let lines = 0
  for (let at = from; at < to; at++)
    if (text[at] === '\n' || (text[at] === '\r' && text[at + 1] !== '\n')) lines++
  return lines
}

function pastBlanks(text: string, from: number, delimiter: string): number {
  let at = from
  while ((text[at] === ' ' || text[at] === '\t' || text[at] === '\u00a0') && text[at] !== delimiter) at++
  return at
}
