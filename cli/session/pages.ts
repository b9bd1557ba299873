import type { Command } from 'commander'
import type { Json } from '../commands/options.ts'

export type Paged = Json & { limit: string; cursor?: string }

/** What every list takes. */
export const paged = (list: Command, most: number): Command =>
  list
    .option('--limit <n>', `so many, 1 to ${most}`, '50')
    .option('--cursor <text>', 'the next page, as the page before named it')
    .option('--json', 'as one JSON document')

export const nextPage = (nextCursor: string | null): string[] =>
  nextCursor ? [`next page: --cursor ${nextCursor}`] : []
