import type { Command } from 'commander'
import type { Customer, CustomerPage } from '#contracts/rest/customers.ts'
import type { Context } from '../session/context.ts'
import { nextPage, type Paged, paged } from '../session/pages.ts'
import { inOneLine, table } from '../text/table.ts'
import type { Json } from './options.ts'

export function addCustomerCommands(program: Command, context: Context): void {
  const customers = program.command('customers').description('who buys')
  paged(customers.command('list'), 200)
    .description('customers, by id')
    .option('--search <text>', 'only with this in the id, name or e-mail address')
    .action(async ({ json, ...query }: Paged & { search?: string }) => {
      const page = await context.gateway().get<CustomerPage>('/v1/customers', query)
      context.tell(json, page, customersTable)
    })
  customers
    .command('show')
    .argument('<id>', 'the customer')
    .description('name, contact and addresses; parcels go to the first')
    .option('--json', 'as one JSON document')
    .action(async (customerId: string, { json }: Json) => {
      const path = `/v1/customers/${encodeURIComponent(customerId)}`
      const customer = await context.gateway().get<Customer>(path)
      context.tell(json, customer, customerInWords)
    })
}

function customersTable({ customers, nextCursor }: CustomerPage): string {
  if (customers.length === 0) return 'no customers'
  const rows = customers.map(({ customerId, name, email, addresses: [first] }) => [
    customerId,
    name,
    email,
    first ? `${first.city}, ${first.country}` : '',
  ])
  return [table(rows, ['customer', 'name', 'e-mail', 'lives in']), ...nextPage(nextCursor)].join('\n')
}

function customerInWords({ customerId, name, email, phone, addresses }: Customer): string {
  const rows = addresses.map(({ addressId, line, city, postcode, country, place }) => [
    `  ${addressId}`,
    [line, city, postcode, country].filter((part) => part !== '').join(', '),
    `at ${place.latitude}, ${place.longitude}`,
  ])
  return [
    inOneLine(`customer ${customerId}: ${name}`),
    inOneLine(`  ${email}${phone ? `, ${phone}` : ''}`),
    '',
    'addresses',
    table(rows),
    '',
    `its orders: order-saga orders list --customer ${customerId}`,
  ].join('\n')
}
