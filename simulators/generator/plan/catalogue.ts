import { type Currency, defaultCurrency, type Minor } from '#contracts/money.ts'
import type { NewCustomer } from '#contracts/rest/customers.ts'
import type { NewProduct } from '#contracts/rest/products.ts'
import type { NewUser } from '#contracts/rest/users.ts'
import { createRoll } from '#simulators/rolls.ts'
import type { Invoice, LogLine, OrderLog } from '../log/log.ts'
import { capitalOf } from './countries.ts'

export type Account = { customerId: string; currency: Currency; topUp: Minor }

export type Catalogue = { products: NewProduct[]; customers: NewCustomer[]; accounts: Account[] }

/** Who asks for what cannot be: one without money, and one out of every warehouse's range. */
export const poorCustomer = 'poor-1'
export const farCustomer = 'far-1'

/** What a warehouse has of a product: more than a day of a busy shop takes. */
export const plenty = 300_000
/** More than all warehouses have together, and no more than one line of an order may ask for. */
export const farMore = 1_000_000

const ENOUGH: Minor = 100_000_000
/** At once. */
const MOST: Minor = 1_000_000_000_000

/** What a log names, as the services should know it; the same log, the same catalogue. */
export function catalogueOf(log: OrderLog): Catalogue {
  const home = { country: 'United Kingdom' }
  const named = [
    ...log.invoices,
    { customerId: poorCustomer, ...home },
    { customerId: farCustomer, country: 'Australia' },
  ]
  const customers = [...new Map(named.map((one) => [one.customerId, one])).values()].map(customerOf)
  return { products: productsOf(log.baskets.flat()), customers, accounts: accountsOf(log.invoices) }
}

function productsOf(lines: LogLine[]): NewProduct[] {
  const perProduct = Map.groupBy(lines, ({ productId }) => productId)
  return [...perProduct].map(([productId, sold]) => ({
    productId,
    name: maxFrequent(sold.flatMap(({ name }) => name || [])) ?? productId,
    price: maxFrequent(sold.map(({ unitPrice }) => unitPrice)) ?? 0,
    currency: defaultCurrency,
    stock: stockOf(productId),
  }))
}

/** The first of those that occur most often. */
function maxFrequent<T>(values: T[]): T | undefined {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let best: T | undefined
  for (const [value, count] of counts)
    if (count > (best === undefined ? 0 : (counts.get(best) ?? 0))) best = value
  return best
}

const roll = createRoll('stock')

/** Most are in London; few enough elsewhere that about a third of the baskets (15 lines at the median) need two warehouses. */
function stockOf(productId: string): NewProduct['stock'] {
  const drawn = roll(productId)
  const everywhere = ['london', 'berlin', 'madrid']
  const where = drawn < 0.01 ? ['berlin'] : drawn < 0.02 ? ['madrid'] : drawn < 0.04 ? everywhere : ['london']
  return where.map((warehouseId) => ({ warehouseId, onHand: plenty }))
}

function customerOf({ customerId, country }: Pick<Invoice, 'customerId' | 'country'>): NewCustomer {
  return {
    customerId,
    name: `NewCustomer ${customerId}`,
    email: `customer-${customerId}@example.com`.toLowerCase(),
    // 020 7946 0xxx is kept free for stories.
    phone: `+44 20 7946 0${String(Math.floor(createRoll('phone')(customerId) * 1_000)).padStart(3, '0')}`,
    addresses: addressesOf(customerId, country),
  }
}

/** In the capital; every third customer or so works in another part of it. */
function addressesOf(customerId: string, country: string): NewCustomer['addresses'] {
  const capital = capitalOf(country)
  if (!capital) throw new Error(`no capital is known for ${country}`)
  const { city, latitude, longitude } = capital
  const common = { city, postcode: customerId.slice(0, 12), country }
  const home = {
    addressId: 'home',
    line: `${customerId} High Street`,
    ...common,
    place: { latitude, longitude },
  }
  const work = {
    addressId: 'work',
    line: `${customerId} Market Square`,
    ...common,
    place: { latitude: latitude - 0.03, longitude },
  }
  return createRoll('work')(customerId) < 1 / 3 ? [home, work] : [home]
}

const DEMO_USERS = 5

/** The first customers of the log, who sign in by their ids. */
export const demoUsers = ({ customers }: Catalogue, password: string): NewUser[] =>
  customers
    .slice(0, DEMO_USERS)
    .map(({ customerId }) => ({ userName: customerId, password, role: 'customer', id: customerId }))

/** Money for what the log's customers bought, many times over; the far one could pay, the poor one cannot. */
function accountsOf(invoices: Invoice[]): Account[] {
  const spent = new Map([[farCustomer, 0]])
  for (const { customerId, lines } of invoices) {
    const total = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)
    spent.set(customerId, (spent.get(customerId) ?? 0) + total)
  }
  const funded = [...spent].map(([customerId, total]): Account => {
    return { customerId, currency: defaultCurrency, topUp: Math.min(Math.max(ENOUGH, 2 * total), MOST) }
  })
  return [...funded, { customerId: poorCustomer, currency: defaultCurrency, topUp: 0 }]
}
