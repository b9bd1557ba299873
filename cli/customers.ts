import type { Command } from 'commander'
import type { Context } from './context.ts'
import type { Json } from './options.ts'
import type { Customer } from './shapes.ts'
import { table } from './table.ts'

export function addCustomerCommands(program: Command, context: Context): void {
  const customers = program.command('customers').description('who buys')
  customers
    .command('show')
    .argument('<id>', 'the customer')
    .description('name, contact and addresses; parcels go to the first')
    .option('--json', 'as one JSON document')
    .action(async (customerId: string, { json }: Json) => {
      const path = `/v1/customers/${encodeURIComponent(customerId)}`
      const customer = await context.gateway().get<Customer>(path)
      context.print(json ? JSON.stringify(customer) : customerInWords(customer))
    })
}

function customerInWords({ customerId, name, email, phone, addresses }: Customer): string {
  const rows = addresses.map(({ addressId, line, city, postcode, country, place }) => [
    `  ${addressId}`,
    [line, city, postcode, country].filter((part) => part !== '').join(', '),
    `at ${place.latitude}, ${place.longitude}`,
  ])
  return [
    `customer ${customerId}: ${name}`,
    `  ${email}${phone ? `, ${phone}` : ''}`,
    '',
    'addresses',
    table(rows),
    '',
    `its orders: order-saga orders list --customer ${customerId}`,
  ].join('\n')
}
