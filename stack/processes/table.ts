import { createLogUpdate } from 'log-update'
import { orderStatuses } from '#contracts/order.ts'
import { say } from '../say.ts'
import type { Numbers } from './numbers.ts'
import type { Requests } from './requests.ts'

const WIDEST = 80
const unknown = '?'
const seconds = (value: number | null) => (value === null ? '–' : `${value.toFixed(1)} s`)

export type Table = ReturnType<typeof createTable>

/** Shows the numbers as they change: a table on a terminal, otherwise a line every five seconds. */
export function createTable(screen: NodeJS.WriteStream) {
  const update = createLogUpdate(screen)
  let before: { at: number; placed: number; completed: number } | undefined
  let saidAt = 0
  let shown = false

  function ratesSince(numbers: Numbers): string {
    const now = { at: Date.now(), placed: numbers.placed, completed: numbers.byStatus.completed ?? 0 }
    const per = (what: 'placed' | 'completed') =>
      before ? ((now[what] - before[what]) * 1000) / Math.max(now.at - before.at, 1) : 0
    const rates = `${per('placed').toFixed(1)} placed/s, ${per('completed').toFixed(1)} completed/s`
    before = now
    return rates
  }

  return {
    /** Undefined: nobody knows just now. */
    show(numbers: Numbers | undefined): void {
      if (screen.isTTY) {
        const lines = frame(numbers, numbers && ratesSince(numbers), screen.columns)
        update(lines.join('\n'))
        shown = true
      } else if (Date.now() - saidAt >= 5_000) {
        say(
          numbers ? inALine(numbers, ratesSince(numbers)) : '  the databases do not answer: numbers unknown',
        )
        saidAt = Date.now()
      }
    },
    /** Says a line that stays, above the table. */
    tell(line: string): void {
      if (shown) update.persist(line)
      else say(line)
    },
    done: () => update.done(),
  }
}

const inALine = ({ placed, byStatus, open, stuck }: Numbers, rates: string) =>
  `  ${placed} placed, ${byStatus.completed ?? 0} completed, ${open} open, ${stuck} stuck; ${rates}`

/** Lines that are no longer than the terminal is wide, and never than 80. */
export function frame(numbers: Numbers | undefined, rates: string | undefined, columns = WIDEST): string[] {
  // A line as long as the terminal is wide may wrap.
  const width = Math.min(columns - 1, WIDEST - 1)
  const cells: [string, string | number][] = [
    ['placed', numbers?.placed ?? unknown],
    ...orderStatuses.map((status): [string, string | number] => [
      status,
      numbers ? (numbers.byStatus[status] ?? 0) : unknown,
    ]),
    ['stuck', numbers?.stuck ?? unknown],
  ]
  const times = numbers ? `p50 ${seconds(numbers.p50)}, p99 ${seconds(numbers.p99)}` : unknown
  return [
    ...grid(cells, width),
    ...flow(`cancelled: ${numbers ? reasonsOf(numbers) : unknown}`, width),
    ...flow(`${rates ?? unknown}, ${times}`, width),
  ]
}

/** As many columns as fit, filled from top to bottom. */
function grid(cells: readonly [string, string | number][], width: number): string[] {
  const label = Math.max(...cells.map(([name]) => name.length))
  const value = Math.max(5, ...cells.map(([, number]) => String(number).length))
  const gap = 3
  const across = Math.max(1, Math.floor((width + gap) / (label + 1 + value + gap)))
  const rows = Math.ceil(cells.length / across)
  return Array.from({ length: rows }, (_, row) =>
    cells
      .filter((_cell, nth) => nth % rows === row)
      .map(([name, number]) => `${name.padEnd(label)} ${String(number).padStart(value)}`)
      .join(' '.repeat(gap))
      .slice(0, width),
  )
}

/** Breaks between words. */
function flow(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word.slice(0, width))
  }
  return lines
}

const reasonsOf = ({ cancelledBy }: Numbers): string =>
  Object.entries(cancelledBy)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ') || 'none'

export function summary(numbers: Numbers, requests: Requests): string {
  const { placed, byStatus, open, lasted } = numbers
  const rows = [
    ['placed', String(placed)],
    ['completed', String(byStatus.completed ?? 0)],
    ['cancelled', `${byStatus.cancelled ?? 0} (${reasonsOf(numbers)})`],
    ['open', String(open)],
    ['orders/s', (placed / Math.max(lasted, 1)).toFixed(2)],
    ['requests', `${requests.answered} answered, ${requests.failed} of them failed`],
    ['placed to completed', `p50 ${seconds(numbers.p50)}, p99 ${seconds(numbers.p99)}`],
  ]
  return rows.map(([name = '', value]) => `${name.padEnd(20)} ${value}`).join('\n')
}
