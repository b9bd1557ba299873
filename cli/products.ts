import { type Command, Option } from 'commander'
import type { Context } from './context.ts'
import { change, type Json, keyOption } from './options.ts'

type Stock = { productId: string; warehouseId: string; onHand: number; reserved: number }
type Flags = Json & { warehouse: string; change: number; reason: string; key?: string }

export function addProductCommands(program: Command, context: Context): void {
  const products = program.command('products').description('what is sold, and what there is of it')
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
    .action(async (productId: string, { json, warehouse, change, reason, key }: Flags) => {
      const body = { warehouseId: warehouse, change, reason }
      const path = `/v1/products/${encodeURIComponent(productId)}/stock`
      const stock = await context.gateway().post<Stock>(path, body, key)
      context.print(
        json
          ? JSON.stringify(stock)
          : `${stock.warehouseId} has ${stock.onHand} of ${stock.productId}, ${stock.reserved} of them reserved`,
      )
    })
}
