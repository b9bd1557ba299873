import { z } from 'zod'
import { Batch } from '#contracts/rest/fields.ts'
import type { NewUser } from '#contracts/rest/users.ts'
import type { Account, Catalogue } from '../plan/catalogue.ts'
import { eachOf } from './at-once.ts'
import type { Gateway } from './gateway.ts'

/** As many users as the gateway takes at once; of products and customers it takes more. */
const BATCH = 100
const AT_ONCE = 8

/** Whether there are any is all that matters. */
const Entries = z.object({ entries: z.array(z.unknown()) })

/** How many of `all` that were named are new: the others stay as they are. */
export type Counted = { all: number; added: number }

export type Registered = {
  products: Counted
  customers: Counted
  /** Who can sign in. */
  users: Counted
  accounts: number
}

/**
 * Makes products, customers, accounts and users known through the gateway. It adds what is missing and changes nothing:
 * prices, addresses, passwords, stock and money are what people made of them since.
 * `onProgress` hears how many of the calls are done.
 */
export async function register(
  { products, customers, accounts }: Catalogue,
  users: readonly NewUser[],
  gateway: Gateway,
  onProgress: (done: number, of: number) => void,
): Promise<Registered> {
  const lists = { products, customers, users }
  const batches = Object.values(lists).reduce((sum, list) => sum + Math.ceil(list.length / BATCH), 0)
  let done = 0
  const step = () => onProgress(++done, batches + accounts.length)

  const put = async (name: keyof typeof lists): Promise<Counted> => {
    const counted = { all: lists[name].length, added: 0 }
    for (const batch of inBatches<unknown>(lists[name])) {
      const body = { [name]: batch, existing: 'keep' }
      const answer = await gateway.call({ method: 'PUT', path: `/v1/${name}`, body })
      counted.added += Batch.parse(JSON.parse(answer.text)).added
      step()
    }
    return counted
  }

  const counts = {
    products: await put('products'),
    customers: await put('customers'),
    users: await put('users'),
  }
  await eachOf(accounts, AT_ONCE, async (account) => {
    await openAccount(account, gateway)
    step()
  })
  return { ...counts, accounts: accounts.length }
}

/** An account that has seen money is left as it is; one that has not may be of a run that was stopped midway. */
async function openAccount({ customerId, currency, topUp }: Account, gateway: Gateway): Promise<void> {
  const { ask, call } = gateway
  const seen = await ask({ method: 'GET', path: `/v1/accounts/${customerId}/entries?limit=1` })
  if (seen.status === 200 && Entries.parse(JSON.parse(seen.text)).entries.length > 0) return
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
