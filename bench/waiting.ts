// What orders that wait cost the order process: its memory, and what a restart does to new orders.
// npm run bench -- waiting [--orders 2000] [--rate 20] [--cached 500]

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ensure } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import { type System, startSystem } from '#tests/support/system.ts'

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '2000' },
    rate: { type: 'string', default: '20' },
    cached: { type: 'string', default: '500' },
  },
})
const orders = Number(values.orders)
const generator = 'simulators/generator/main.ts'
const early = ['pending', 'reserved', 'paid']

// A courier who tells nothing for an hour.
const system = await startSystem({ COURIER_STEP: '1h', WORKFLOW_CACHE: values.cached })
try {
  console.log(`order process with ${values.cached} cached workflows, nothing running: ${memory()}`)
  const step = Math.ceil(orders / 4)
  for (let waiting = step; waiting <= orders; waiting += step) {
    await system.command(generator, ['--no-register', '--count', String(step), '--rate', values.rate])
    await until('none is on its way to the courier', async () => (await countOf(early)) === 0, 600_000)
    console.log(`${await countOf(['shipping'])} orders wait for the courier: ${memory()}`)
  }
  const before = await placeTen(system)
  console.log(`ten new orders until their courier has them: ${inWords(before)}`)
  await system.kill('order')
  const killedAt = Date.now()
  await system.start('order')
  await placeTen(system)
  console.log(
    `killed and started again: ten orders have gone through ${Date.now() - killedAt} ms after the kill`,
  )
  console.log(`ten more: ${inWords(await placeTen(system))}`)
  console.log(`afterwards: ${memory()}`)
} finally {
  await system.stop()
}

function memory(): string {
  const status = readFileSync(`/proc/${system.pidOf('order')}/status`, 'utf8')
  const of = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024)
  return `${of('VmRSS')} MB (at most ${of('VmHWM')} MB)`
}

async function countOf(statuses: readonly string[]): Promise<number> {
  const counts = await Promise.all(
    system.databases.order.map((shard) =>
      shard.query<{ count: number }>('select count(*) as count from orders where status = any($1)', [
        statuses,
      ]),
    ),
  )
  return counts.flat().reduce((sum, { count }) => sum + count, 0)
}

/** In ms, of each from the request to its hand-off. */
function placeTen({ rest }: System): Promise<number[]> {
  return Promise.all(
    Array.from({ length: 10 }, async () => {
      const startedAt = Date.now()
      const body = { customerId: '17850', lines: [{ productId: '85123A', quantity: 1 }] }
      const placed = await until('an order is taken', async () => {
        const answer = await rest<{ orderId: string }>('POST', '/v1/orders', body)
        ensure(answer.status === 201 || answer.status === 202 || answer.status >= 500, String(answer.status))
        return answer.status < 300 ? answer.body : undefined
      })
      await until(
        'it is handed off',
        async () =>
          (await rest<{ status: string }>('GET', `/v1/orders/${placed.orderId}`)).body.status === 'shipping',
        120_000,
      )
      return Date.now() - startedAt
    }),
  )
}

function inWords(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  return `${sorted[0]} to ${sorted.at(-1)} ms, half of them within ${sorted[Math.floor(sorted.length / 2)]} ms`
}
