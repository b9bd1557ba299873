import type { Account, Catalogue } from './catalogue.ts'
import type { Gateway } from './gateway.ts'

const BATCH = 500
const AT_ONCE = 8

/**
 * Makes products, customers and accounts known through the gateway. A second run changes nothing: products keep their
 * stock, and a top-up of the same amount for the same customer is the same top-up.
 * `onProgress` hears how many of the calls are done.
 */
export async function register(
  { products, customers, accounts }: Catalogue,
  gateway: Gateway,
  onProgress: (done: number, of: number) => void,
): Promise<void> {
  const batches = [
    ...inBatches(products).map((batch) => ({ path: '/v1/products', body: { products: batch } })),
    ...inBatches(customers).map((batch) => ({ path: '/v1/customers', body: { customers: batch } })),
  ]
  const all = batches.length + accounts.length
  let done = 0
  const step = () => onProgress(++done, all)
  for (const batch of batches) {
    await gateway.call({ method: 'PUT', ...batch })
    step()
  }
  await eachOf(accounts, AT_ONCE, async (account) => {
    await openAccount(account, gateway)
    step()
  })
}

async function openAccount({ customerId, currency, topUp }: Account, { call }: Gateway): Promise<void> {
  await call({
    method: 'POST',
    path: '/v1/accounts',
    body: { customerId, currency },
    idempotencyKey: `account-${customerId}`,
  })
  if (topUp === 0) return
  await call({
    method: 'POST',
    path: `/v1/accounts/${customerId}/top-ups`,
    body: { amount: topUp },
    idempotencyKey: `top-up-${customerId}-${topUp}`,
  })
}

const inBatches = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / BATCH) }, (_, n) => items.slice(n * BATCH, (n + 1) * BATCH))

async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
