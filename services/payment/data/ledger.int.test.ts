import { expect, test } from '@jest/globals'
import type { ChargeOrder } from '#contracts/payment.ts'
import { cleanUpAfterEach } from '#platform/testing/clean-up.ts'
import {
  checkBooks,
  customerWith,
  everythingOf,
  newCharge,
  partOf,
  startPaymentService,
} from '../fixtures.ts'

const cleanUp = cleanUpAfterEach()

const operations = 600
const atOnce = 12

test(`after ${operations} random top-ups, charges, refunds and repeats, ${atOnce} at once, the books agree`, async () => {
  const service = await startPaymentService()
  cleanUp(() => service.drop())
  const { store, database } = service
  const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)
  console.log(`TEST_SEED=${seed}`)
  const below = createDice(seed)
  const customers = await Promise.all([0, 500, 5_000, 50_000].map((balance) => customerWith(store, balance)))
  const customer = () => customers[below(customers.length)] ?? 'nobody'
  const orders: ChargeOrder[] = []
  const order = () => orders[below(orders.length)] ?? newCharge(customer(), 1)
  const place = () => {
    const charge = newCharge(customer(), 1 + below(2_000))
    orders.push(charge)
    return charge
  }
  const topUp = () => ({ customerId: customer(), amount: 1 + below(300), key: `key-${below(80)}` })

  let refused = 0
  const refund = async (charge: ChargeOrder) => {
    const amount = below(6) === 0 ? 'rest' : below(1_200)
    const beyond = below(2) === 0 ? 'cap' : 'refuse'
    const result = await store.refundOrder(partOf(charge, `s${below(3)}`, amount, beyond))
    if (result.kind === 'refused') refused++
  }
  const moves = [
    () => store.topUp(topUp()),
    () => store.chargeOrder(place()),
    () => store.chargeOrder(place()),
    () => store.chargeOrder(order()),
    () => refund(order()),
    () => refund(order()),
    () => store.refundOrder(everythingOf(order())),
  ]
  const player = async () => {
    for (let i = 0; i < operations / atOnce; i++) await moves[below(moves.length)]?.()
  }
  await Promise.all(Array.from({ length: atOnce }, player))

  await checkBooks(database)
  expect(refused).toBeGreaterThan(0)
  const kinds = await database.query<{ kind: string }>('select distinct kind from transfers order by kind')
  expect(kinds.map(({ kind }) => kind)).toStrictEqual(['charge', 'refund', 'top_up'])
  const told = await database.query<{ transfers: number; events: number }>(
    `select (select count(*) from transfers where order_id is not null) as transfers,
       (select count(*) from outbox where type <> 'PaymentFailed') as events`,
  )
  expect(told[0]?.events).toBe(told[0]?.transfers)
})

/** Mulberry32: whole numbers from 0 to below `limit`, the same ones for the same seed. */
function createDice(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}
