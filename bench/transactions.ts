// What the four transactions of a happy order cost this process: CPU and time of each store call.
// npm run bench -- transactions [--orders 300]
import { parseArgs } from 'node:util'
import type { PlaceOrder } from '#contracts/order.ts'
import { productWith, startInventoryService, wishFor } from '#services/inventory/fixtures.ts'
import { contact, newOrder, numbered, reservedFrom, startOrderService } from '#services/order/fixtures.ts'
import { customerWith, newCharge, startPaymentService } from '#services/payment/fixtures.ts'

const { values } = parseArgs({ options: { orders: { type: 'string', default: '300' } } })
const orders = Number(values.orders)
const WARM_UP = 300

const [order, inventory, payment] = [
  await startOrderService(),
  await startInventoryService(),
  await startPaymentService(),
]
const products = await Promise.all(
  Array.from({ length: 3 }, () => productWith(inventory.store, { berlin: 10_000_000 })),
)
const customerId = await customerWith(payment.store, 1_000_000_000)

type Call = { name: string; prepare: () => () => Promise<unknown> }

const calls: Call[] = [
  {
    name: 'record',
    prepare: () => {
      const placed = newOrder()
      return () => order.store.recordOrder(placed, { kind: 'recorded', contact }, new Date())
    },
  },
  {
    name: 'reserve',
    prepare: () => {
      const wish = wishFor(...products.map((product): [string, number] => [product, 2]))
      return () => inventory.store.reserveStock(wish)
    },
  },
  {
    name: 'charge',
    prepare: () => {
      const charge = newCharge(customerId, 100)
      return () => payment.store.chargeOrder(charge)
    },
  },
]
const recorded: PlaceOrder[] = []
for (let i = 0; i < orders + WARM_UP; i++) {
  const placed = newOrder()
  await order.store.recordOrder(placed, { kind: 'recorded', contact }, new Date())
  recorded.push(placed)
}
calls.push({
  name: 'changes',
  prepare: () => {
    const placed = recorded.pop()
    if (!placed) throw new Error('more changes than orders')
    const { orderId, traceparent } = placed
    const changes = numbered([reservedFrom(placed, ['berlin'])])
    return () => order.store.recordChanges({ orderId, traceparent, changes })
  },
})

console.log('call | CPU ms | ms')
const sum = { cpu: 0, time: 0 }
for (const call of calls) {
  await repeat(WARM_UP, call)
  const { cpu, time } = await repeat(orders, call)
  sum.cpu += cpu
  sum.time += time
  console.log(`${call.name} | ${cpu.toFixed(2)} | ${time.toFixed(2)}`)
}
console.log(`all four | ${sum.cpu.toFixed(2)} | ${sum.time.toFixed(2)}`)
for (const service of [order, inventory, payment]) await service.drop()

/** What one call takes on average, when one follows the other. */
async function repeat(times: number, { prepare }: Call): Promise<{ cpu: number; time: number }> {
  const prepared = Array.from({ length: times }, prepare)
  const before = process.cpuUsage()
  const beganAt = performance.now()
  for (const call of prepared) await call()
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / 1_000 / times, time: (performance.now() - beganAt) / times }
}
