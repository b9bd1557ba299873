// Forty requests at once for each of many orders, while the order worker is killed every few seconds; then every order must
// agree with its workflow, its stock and its money, every accepted request be on record, and no refused one.
// npm run bench -- storm [--orders 200] [--at-once 4] [--kill-after 5s]
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { parseDuration } from '#platform/process/config.ts'
import { testServer } from '#platform/testing/fixtures.ts'
import { type System, startSystem } from '#tests/support/system.ts'
import { type Asked, contradictions, ended } from './storm/contradictions.ts'
import { keepKilling } from './storm/killing.ts'
import { employ, findOrder, patiently, place, requestsPerOrder, storm, teller } from './storm/requests.ts'

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '200' },
    'at-once': { type: 'string', default: '4' },
    /** Since it was ready: on a busy machine a start takes longer than that. */
    'kill-after': { type: 'string', default: '5s' },
  },
})

const system = await startSystem({
  ORDER_DECISION_TIMEOUT: '20s',
  COURIER_STEP: '3s',
  COURIER_LOSE: '0.1',
  COURIER_DUPLICATE: '0.2',
  COURIER_SHUFFLE: '0.2',
  ORDER_PARCEL_DEADLINE: '60s',
})
const courier = await teller(testServer('TEST_KAFKA_BROKERS').split(','))
const killing = keepKilling(system, 'order', parseDuration(values['kill-after']))
try {
  const began = performance.now()
  const asked = await stormAll()
  const took = performance.now() - began
  await killing.stop()
  const wrong = (await Promise.all([...asked].map(([orderId, all]) => judge(orderId, all)))).flat()
  const audit = await audited(system)
  report([...asked.values()].flat(), took)
  console.log(`contradictions: ${wrong.length}`, wrong.slice(0, 20))
  console.log(`audit: ${audit}`)
  process.exitCode = wrong.length === 0 && audit === 'clean' ? 0 : 1
} finally {
  await killing.stop()
  await courier.stop()
  await system.stop()
}

/** By order, what was asked of it. */
async function stormAll(): Promise<Map<string, Asked[]>> {
  const staff = await employ(system)
  const asked = new Map<string, Asked[]>()
  const numbers = Array.from({ length: Number(values.orders) }, (_, n) => n).values()
  const work = async () => {
    for (const n of numbers) {
      const orderId = await place(system, n)
      asked.set(orderId, await storm(system, { tell: courier.tell, staff }, orderId))
      if (asked.size % 20 === 0) console.log(`${asked.size} orders, ${killing.readyAfter.length} kills`)
    }
  }
  await Promise.all(Array.from({ length: Number(values['at-once']) }, work))
  return asked
}

async function judge(orderId: string, asked: readonly Asked[]): Promise<string[]> {
  const end = patiently(`${orderId} ends`, async () => {
    const found = await findOrder(system, orderId)
    return ended(found) ? found : undefined
  })
  const order = await end.catch(() => findOrder(system, orderId))
  if (ended(order)) return contradictions(order, asked)
  return [`${orderId} is ${order.status}: ${JSON.stringify(order.stuckSteps)}`]
}

/** Once more when it complains: events of what has just ended are on their way. */
async function audited({ audit }: System): Promise<string> {
  const answer = () =>
    audit().then(
      () => 'clean' as const,
      (error: Error) => error.message,
    )
  if ((await answer()) === 'clean') return 'clean'
  await sleep(10_000)
  return answer()
}

function report(all: readonly Asked[], took: number): void {
  const { readyAfter } = killing
  const orders = Number(values.orders)
  const median = readyAfter.toSorted((one, other) => one - other)[Math.floor(readyAfter.length / 2)] ?? 0
  console.log(`${orders} orders, ${orders * requestsPerOrder} requests in ${Math.round(took / 1000)} s`)
  console.log(
    `the order worker was killed ${readyAfter.length} times, each ${values['kill-after']} after it was ready, which took ${(median / 1000).toFixed(1)} s (median)`,
  )
  const answers = Map.groupBy(all, ({ kind, status }) => `${kind} ${status}`)
  for (const [answer, requests] of [...answers].sort(([one], [other]) => one.localeCompare(other)))
    console.log(`  ${answer}: ${requests.length}`)
  console.log(`answers of 500: ${all.filter(({ status }) => status === 500).length}`)
}
