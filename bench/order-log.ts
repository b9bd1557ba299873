// Reads an order log of a million rows: node bench/order-log.ts [rows]
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { logColumns } from '#simulators/generator/log/columns.ts'
import { readOrderLog } from '#simulators/generator/log/log.ts'

const rows = Number(process.argv[2] ?? 1_000_000)
const LINES = 20

function* rowsOf(count: number): Generator<string> {
  yield `${logColumns.join()}\n`
  for (let n = 0; n < count; n++) {
    const order = Math.floor(n / LINES)
    const product = (n * 7_919) % 4_000
    const at = new Date(Date.UTC(2010, 0, 4, 8) + order * 600_000).toISOString().slice(0, 19)
    const price = (0.5 + (n % 700) / 100).toFixed(2)
    yield `${500_000 + order},${10_000 + product},"PRODUCT ${product}, RED",${1 + (n % 9)},${at},${price},${12_000 + (order % 6_000)}.0,France\n`
  }
}

const folder = await mkdtemp(join(tmpdir(), 'order-saga-bench-'))
try {
  const file = join(folder, 'log.csv')
  await pipeline(Readable.from(rowsOf(rows)), createWriteStream(file))
  const size = (await stat(file)).size
  const before = process.cpuUsage()
  const began = performance.now()
  const { invoices, rows: counts } = await readOrderLog(file)
  const { user, system } = process.cpuUsage(before)
  console.log({
    megabytes: Math.round(size / 1e6),
    rows: counts.in,
    lines: counts.lines,
    orders: invoices.length,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    cpuSeconds: Math.round((user + system) / 1e5) / 10,
    heapMegabytes: Math.round(process.memoryUsage().heapUsed / 1e6),
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1e3),
  })
} finally {
  await rm(folder, { recursive: true })
}
