import Table from 'cli-table3'

const nothing =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid'

/** A cell is a line: what comes from elsewhere cannot look like further rows. */
export const inOneLine = (cell: string): string => cell.replaceAll(/\s*\n\s*/g, ' ')

/** Columns without lines between them; colours do not widen a column. */
export function table(rows: string[][], head: string[] = []): string {
  const columns = Math.max(head.length, ...rows.map((row) => row.length))
  const grid = new Table({
    head,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 1 },
    chars: { ...Object.fromEntries(nothing.split(' ').map((name) => [name, ''])), middle: ' ' },
  })
  for (const row of rows)
    grid.push([...row.map(inOneLine), ...Array.from({ length: columns - row.length }, () => '')])
  return grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}
