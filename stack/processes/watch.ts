import { spawn } from 'node:child_process'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { reasonOf } from '#platform/process/logger.ts'
import { within } from '#platform/process/within.ts'
import { UserError } from '../say.ts'
import { type Numbers, openOrders, readNumbers } from './numbers.ts'
import { countRequests } from './requests.ts'
import type { System } from './system.ts'
import { summary, type Table } from './table.ts'

/** An order that waits for its customer changes within half a minute, a parcel within seconds. */
const patience = 180_000

/** In ms; after that the table shows that it does not know. */
const ANSWERS_MAY_TAKE = 3_000

type Watching = {
  since: Date
  /** Aborts when everything is placed. */
  placed: AbortSignal
  /** Whether to go on for ever, or until every order has ended; placing takes so long, in ms. */
  until: 'stopped' | { placing: number }
}

/**
 * Shows what happens to the orders recorded since then. Ends when all are placed and none is open, earlier ones
 * included, or throws with the open ones when they stay as they are; throws why when the system is over. While the
 * databases do not answer nothing is known, and it goes on.
 */
export async function watch(
  system: Pick<System, 'environment' | 'rest'>,
  table: Table,
  { since, placed, until }: Watching,
): Promise<void> {
  const impatient = until === 'stopped' ? Number.POSITIVE_INFINITY : Date.now() + until.placing + patience
  let changed = { at: Date.now(), text: '' }
  const shards = orderShards(system)
  try {
    for (; ; await system.rest(1_000)) {
      const numbers = await within(ANSWERS_MAY_TAKE, readNumbers(shards, since)).catch(() => undefined)
      table.show(numbers)
      const text = numbers ? JSON.stringify(numbers.byStatus) : changed.text
      if (text !== changed.text) changed = { at: Date.now(), text }
      if (until !== 'stopped' && placed.aborted && numbers?.open === 0) return
      if (Date.now() > Math.max(impatient, changed.at + patience)) throw await unended(shards)
    }
  } finally {
    table.done()
    await closeAll(shards)
  }
}

/** Sums up and runs the audit; its exit code is ours. */
export async function conclude(system: System, since: Date): Promise<number> {
  const shards = orderShards(system)
  const numbers = await answered(system, () => readNumbers(shards, since))
  await closeAll(shards)
  console.log(`\n${summary(numbers, await countRequests(system.logsOf('gateway'), since))}\n`)
  const child = spawn(process.execPath, ['cli/main.ts', 'audit'], {
    stdio: 'inherit',
    env: { ...process.env, ...system.environment() },
  })
  return new Promise((done) => child.on('exit', (code) => done(code ?? 1)))
}

/** A database that was started again a moment ago is asked until it answers. */
async function answered(system: System, ask: () => Promise<Numbers>): Promise<Numbers> {
  for (const deadline = Date.now() + 60_000; ; await system.rest(500)) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() > deadline) throw new UserError(`the databases do not answer: ${reasonOf(error)}`)
    }
  }
}

const orderShards = (system: Pick<System, 'environment'>): Database[] =>
  (system.environment().AUDIT_ORDER_DATABASE_URL ?? '')
    .split(',')
    .map((url) => openDatabase(url, { max: 2, applicationName: 'npm start' }))

const closeAll = (databases: readonly Database[]) =>
  Promise.all(databases.map((database) => database.close()))

async function unended(shards: readonly Database[]): Promise<UserError> {
  const rows = await openOrders(shards).catch(() => undefined)
  if (!rows) return new UserError(`the databases have not answered for ${patience / 1000} s`)
  const lines = rows.map(
    ({ order_id, status, stuck }) => `  ${order_id} ${[status, stuck].filter(Boolean).join(', ')}`,
  )
  return new UserError(
    `nothing has changed for ${patience / 1000} s, and these orders are open:\n${lines.join('\n')}`,
  )
}
