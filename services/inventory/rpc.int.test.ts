import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { InventoryService } from '#generated/proto/inventory/v1/inventory_pb.ts'
import { closeRpcTransports, type RpcServer, rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { ensure, satisfying } from '#platform/testing/expect.ts'
import { randomName, silent } from '#platform/testing/fixtures.ts'
import { checkBooks, startInventoryService, wishFor } from './fixtures.ts'
import { inventoryRoutes } from './rpc.ts'

let service: Awaited<ReturnType<typeof startInventoryService>>
let server: RpcServer
let inventory: Client<typeof InventoryService>

beforeAll(async () => {
  service = await startInventoryService()
  server = await serveRpc({ port: 0, routes: inventoryRoutes(service.store), logger: silent })
  inventory = createClient(InventoryService, rpcTransport(`http://127.0.0.1:${server.port}`))
})
afterAll(async () => {
  closeRpcTransports()
  await server.stop()
  await service.drop()
})

const refusal = (code: keyof typeof Code, message: RegExp) => (error: unknown) => {
  ensure(error instanceof ConnectError)
  expect(Code[error.code]).toBe(code)
  expect(error.rawMessage).toMatch(message)
  return true
}
const invalid = (message: RegExp) => refusal('InvalidArgument', message)

const product = (productId: string, changes: object = {}) => ({
  productId,
  name: `THING ${productId}`,
  price: 255n,
  currency: 'GBP',
  stock: [{ warehouseId: 'london', onHand: 10 }],
  ...changes,
})

async function find(productId: string) {
  const { products } = await inventory.listProducts({ search: productId })
  return products[0]
}

test('finds products by their ids, as far as there are, and at most 100 at once', async () => {
  const [one, other] = [randomName('B'), randomName('A')]
  await inventory.putProducts({ products: [product(one), product(other)] })
  const { products } = await inventory.findProducts({ productIds: [one, other, 'nothing', one] })
  expect(products.map(({ productId, stock }) => [productId, stock[0]?.onHand])).toStrictEqual([
    [other, 10],
    [one, 10],
  ])
  for (const productIds of [[], Array<string>(101).fill(one)])
    await expect(inventory.findProducts({ productIds })).rejects.toThrow(
      satisfying(invalid(/^product_ids: must be 1 to 100$/)),
    )
})

test('lists the three warehouses with their places', async () => {
  const { warehouses } = await inventory.listWarehouses({})
  expect(
    warehouses.map(({ warehouseId, country, latitude }) => [warehouseId, country, Math.round(latitude)]),
  ).toStrictEqual([
    ['berlin', 'Germany', 53],
    ['london', 'United Kingdom', 52],
    ['madrid', 'Spain', 40],
  ])
})

test('adds products, changes names and prices, and never overwrites stock', async () => {
  const [a, b] = [randomName('P'), randomName('P')]
  expect((await inventory.putProducts({ products: [product(a), product(b)] })).added).toBe(2)
  await service.store.reserveStock(wishFor([a, 4]))

  const cheaper = product(a, {
    price: 199n,
    stock: [
      { warehouseId: 'london', onHand: 99 },
      { warehouseId: 'berlin', onHand: 5 },
    ],
  })
  const { added, changed } = await inventory.putProducts({ products: [cheaper, product(b)] })
  expect([added, changed]).toStrictEqual([0, 1])
  const found = await find(a)
  expect(found?.price).toBe(199n)
  expect(
    found?.stock.map(({ warehouseId, onHand, reserved }) => [warehouseId, onHand, reserved]),
  ).toStrictEqual([
    ['berlin', 5, 0],
    ['london', 10, 4],
  ])
  await checkBooks(service.database)
})

test('of products that are to be kept only the new ones are added, and no new shelf is opened for the others', async () => {
  const [a, b] = [randomName('P'), randomName('P')]
  await inventory.putProducts({ products: [product(a, { price: 999n, name: 'AS STAFF WANT IT' })] })
  const seed = [a, b].map((id) => product(id, { stock: [{ warehouseId: 'madrid', onHand: 5 }] }))
  for (const expected of [1, 0]) {
    const { added, changed } = await inventory.putProducts({ products: seed, keepExisting: true })
    expect([added, changed]).toStrictEqual([expected, 0])
  }
  const [kept, added] = [await find(a), await find(b)]
  expect([kept?.price, kept?.name]).toStrictEqual([999n, 'AS STAFF WANT IT'])
  expect(
    [kept, added].map((one) => one?.stock.map(({ warehouseId, onHand }) => `${warehouseId} ${onHand}`)),
  ).toStrictEqual([['london 10'], ['madrid 5']])
  await checkBooks(service.database)
})

test('putting the same products again changes nothing', async () => {
  const products = [product(randomName('P')), product(randomName('P'))]
  await inventory.putProducts({ products })
  const { added, changed } = await inventory.putProducts({ products })
  expect([added, changed]).toStrictEqual([0, 0])
})

test('500 products fit into one request, put by several at once and in any order', async () => {
  const products = Array.from({ length: 500 }, () => product(randomName('P')))
  const answers = await Promise.all(
    [products, products.toReversed(), products].map((given) => inventory.putProducts({ products: given })),
  )
  expect(answers.reduce((sum, { added }) => sum + added, 0)).toBe(500)
  await expect(inventory.putProducts({ products: [...products, product('one-too-many')] })).rejects.toThrow(
    satisfying(invalid(/^products: must be at most 500/)),
  )
})

test('names each field that is wrong, and then puts nothing', async () => {
  const good = randomName('P')
  const wrong: [object, RegExp][] = [
    [{ productId: ' X' }, /^products\[1\]\.product_id: must be 1 to 64/],
    [{ productId: good }, /^products\[1\]\.product_id: \S+ is duplicated/],
    [{ name: '' }, /^products\[1\]\.name: must be 1 to 200/],
    [{ name: 'a\u0000b' }, /^products\[1\]\.name/],
    [{ price: 0n }, /^products\[1\]\.price: must be a whole number from 1 to 1,000,000,000,000$/],
    [{ price: 2n ** 53n }, /^products\[1\]\.price/],
    [{ currency: 'EUR' }, /^products\[1\]\.currency: must be GBP/],
    [
      { stock: [{ warehouseId: 'oslo', onHand: 1 }] },
      /^products\[1\]\.stock\[0\]\.warehouse_id: must be one of berlin, london, madrid/,
    ],
    [
      { stock: [{ warehouseId: 'london', onHand: -1 }] },
      /^products\[1\]\.stock\[0\]\.on_hand: must be a whole number from 0/,
    ],
    [
      { stock: [{ warehouseId: 'london' }, { warehouseId: 'london' }] },
      /^products\[1\]\.stock\[1\]\.warehouse_id: london is duplicated/,
    ],
  ]
  for (const [changes, message] of wrong) {
    const products = [product(good), product(randomName('P'), changes)]
    await expect(inventory.putProducts({ products })).rejects.toThrow(satisfying(invalid(message)))
  }
  expect(await find(good)).toBeUndefined()
})

test('says in short what is wrong with many products', async () => {
  const products = Array.from({ length: 100 }, () => product(randomName('P'), { price: 0n }))
  await expect(inventory.putProducts({ products })).rejects.toThrow(satisfying(invalid(/; and 90 more$/)))
})

test('pages through what a search finds in id or name, whatever its case', async () => {
  const word = randomName('lantern')
  const ids = ['C', 'A', 'D', 'B', 'E'].map((letter) => `${word}-${letter}`)
  const named = ids.slice(0, 3).map((productId) => product(productId, { name: 'by its id' }))
  const byName = ids
    .slice(3)
    .map((productId) => product(`X${productId.slice(-1)}${word.slice(-5)}`, { name: word }))
  await inventory.putProducts({ products: [...named, ...byName] })

  const pages: string[][] = []
  let cursor = ''
  do {
    const page = await inventory.listProducts({ search: word.toUpperCase(), pageSize: 2, cursor })
    pages.push(page.products.map(({ productId }) => productId))
    cursor = page.nextCursor
  } while (cursor !== '')
  expect(pages.map((page) => page.length)).toStrictEqual([2, 2, 1])
  expect(new Set(pages.flat())).toStrictEqual(
    new Set([...named, ...byName].map(({ productId }) => productId)),
  )
})

test('a search finds its characters as they are', async () => {
  const [percent, plain] = [randomName('P'), randomName('P')]
  await inventory.putProducts({
    products: [
      product(percent, { name: `50%_off ${percent}` }),
      product(plain, { name: `50 off ${percent}` }),
    ],
  })
  const { products } = await inventory.listProducts({ search: `50%_off ${percent}` })
  expect(products.map(({ productId }) => productId)).toStrictEqual([percent])
})

test('a search is of any length and in any script, whatever the capitals, far down the list as well', async () => {
  const fill = 'insert into products select $1 || n, $2, 1, $3 from generate_series(1, 6000) as n'
  await service.database.query(fill, ['!fill', 'NOTHING', 'GBP'])
  const [one, other] = [randomName('~1'), randomName('~2')]
  await inventory.putProducts({
    products: [product(one, { name: 'ÉLAN 李小龍' }), product(other, { name: 'Élan ж 李龍' })],
  })
  const found = async (search: string) =>
    (await inventory.listProducts({ search })).products.map(({ productId }) => productId)
  expect(await found('éLAN')).toStrictEqual([one, other])
  expect(await found('龍')).toStrictEqual([one, other])
  expect(await found('李小')).toStrictEqual([one])
  expect(await found('Ж')).toStrictEqual([other])
  expect(await found('李龍x')).toStrictEqual([])
  await service.database.query(`delete from products where product_id like '!fill%'`)
})

test('refuses a page size and a cursor that make no sense', async () => {
  await expect(inventory.listProducts({ pageSize: 501 })).rejects.toThrow(
    satisfying(invalid(/^page_size: must be a whole number from 1 to 500/)),
  )
  await expect(inventory.listProducts({ pageSize: -1 })).rejects.toThrow(satisfying(invalid(/^page_size/)))
  await expect(inventory.listProducts({ cursor: '!' })).rejects.toThrow(
    satisfying(invalid(/^cursor: must be/)),
  )
  await expect(inventory.listProducts({ search: 'a\u0000' })).rejects.toThrow(satisfying(invalid(/^search/)))
})

test('adjusts stock by hand once per key, and says why it cannot', async () => {
  const productId = randomName('P')
  await inventory.putProducts({ products: [product(productId)] })
  await service.store.reserveStock(wishFor([productId, 4]))
  const change = { productId, warehouseId: 'london', reason: 'counted', by: 'staff:ann' }
  const key = randomName('key')
  for (const _ of [1, 2]) {
    const { stock } = await inventory.adjustStock({ ...change, change: -2, key })
    expect([stock?.warehouseId, stock?.onHand, stock?.reserved]).toStrictEqual(['london', 8, 4])
  }
  const refusals: [object, keyof typeof Code, RegExp][] = [
    [{ change: -3, key }, 'AlreadyExists', /^key: was used for another change$/],
    [{ change: -5 }, 'FailedPrecondition', /^change: 8 on hand, 4 of them reserved: 5 cannot be taken out$/],
    [{ change: 999_999_999 }, 'FailedPrecondition', /^change: too much for a shelf that holds 8$/],
    [{ change: 1, productId: 'nothing' }, 'NotFound', /^product_id: there is no product nothing$/],
    [{ change: 1, warehouseId: 'oslo' }, 'NotFound', /^warehouse_id: there is no warehouse oslo$/],
    [{ change: 0, reason: '' }, 'InvalidArgument', /^change: must be .*; reason: must be 1 to 500/],
  ]
  for (const [given, code, message] of refusals) {
    const request = { ...change, key: randomName('key'), ...given }
    await expect(inventory.adjustStock(request)).rejects.toThrow(satisfying(refusal(code, message)))
  }
  await checkBooks(service.database)
})
