import Table from 'cli-table3'
import { createLogUpdate } from 'log-update'
import { orderStatuses } from '#contracts/order.ts'
import type { Numbers } from './numbers.ts'
import type { Requests } from './requests.ts'
import { say } from './say.ts'

const seconds = (value: number | null) => (value === null ? '–' : `${value.toFixed(1)} s`)

/** Shows the numbers as they change: a table on a terminal, otherwise a line every five seconds. */
export function createTable() {
  const terminal = process.stderr.isTTY
  const update = createLogUpdate(process.stderr)
  let before: { at: number; placed: number; completed: number } | undefined
  let saidAt = 0
  return {
    show(numbers: Numbers): void {
      const now = { at: Date.now(), placed: numbers.placed, completed: numbers.byStatus.completed ?? 0 }
      if (!terminal && now.at - saidAt < 5_000) return
      const per = (what: 'placed' | 'completed') =>
        before ? ((now[what] - before[what]) * 1000) / Math.max(now.at - before.at, 1) : 0
      const rates = `${per('placed').toFixed(1)} placed/s, ${per('completed').toFixed(1)} completed/s`
      before = now
      saidAt = now.at
      if (terminal)
        update(`${asTable(numbers)}\n${rates}, p50 ${seconds(numbers.p50)}, p99 ${seconds(numbers.p99)}`)
      else
        say(
          `  ${numbers.placed} placed, ${now.completed} completed, ${numbers.open} open, ${numbers.stuck} stuck; ${rates}`,
        )
    },
    done: () => update.done(),
  }
}

function asTable(numbers: Numbers): string {
  const table = new Table({ head: [...orderStatuses, 'stuck'], style: { head: [], border: [] } })
  table.push([...orderStatuses.map((status) => numbers.byStatus[status] ?? 0), numbers.stuck])
  return `${table.toString()}\ncancelled: ${reasonsOf(numbers)}`
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
