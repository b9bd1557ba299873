import { type Command, Option } from 'commander'
import type { ProductPage, StockOnHand } from '#contracts/rest/products.ts'
import { count } from '#contracts/wording.ts'
import type { Context } from '../session/context.ts'
import { nextPage, type Paged, paged } from '../session/pages.ts'
import { priced } from '../text/format.ts'
import { table } from '../text/table.ts'
import { change, type Json, type Keyed, keyOption } from './options.ts'

export function addProductCommands(program: Command, context: Context): void {
  const products = program.command('products').description('what is sold, and what there is of it')
  addList(products, context)
  addRestock(products, context)
}

function addList(products: Command, context: Context): void {
  paged(products.command('list'), 500)
    .description('products with their prices, and what can be sold of them where')
    .option('--search <text>', 'only with this in the id or name')
    .action(async ({ json, ...query }: Paged & { search?: string }) => {
      const page = await context.gateway().get<ProductPage>('/v1/products', query)
      context.tell(json, page, productsTable)
    })
}

function productsTable({ products, nextCursor }: ProductPage): string {
  if (products.length === 0) return 'no products'
  const rows = products.map(({ productId, name, price, currency, stock }) => [
    productId,
    name,
    priced(price, currency),
    stock.map(({ warehouseId, onHand, reserved }) => `${warehouseId} ${onHand - reserved}`).join(', '),
  ])
  return [table(rows, ['product', 'name', 'price', 'can be sold']), ...nextPage(nextCursor)].join('\n')
}

type RestockFlags = Json & Keyed & { warehouse: string; change: number; reason: string }

function addRestock(products: Command, context: Context): void {
  products
    .command('restock')
    .argument('<id>', 'the product')
    .description('add stock by hand, or take it away; never below what is reserved')
    .requiredOption('--warehouse <id>', 'where, such as london')
    .addOption(
      new Option('--change <pieces>', 'pieces that come in, or below zero go out')
        .argParser(change)
        .makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'why')
    .addOption(keyOption())
    .option('--json', 'as one JSON document')
    .action(async (productId: string, { json, warehouse, change, reason, key }: RestockFlags) => {
      const body = { warehouseId: warehouse, change, reason }
      const path = `/v1/products/${encodeURIComponent(productId)}/stock`
      const stock = await context.gateway().post<StockOnHand>(path, body, context.key(key))
      context.tell(json, stock, stockInWords)
    })
}

const stockInWords = ({ warehouseId, onHand, productId, reserved }: StockOnHand) =>
  `${warehouseId} has ${count(onHand, 'piece')} of ${productId}, ${reserved} of them reserved`
