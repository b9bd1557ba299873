import { parseArgs } from 'node:util'
import { createMigration } from './migrate.ts'

// node platform/postgres/migrate-cli.ts new prisma/<folder> <name> [--url postgres://...]
const { positionals, values } = parseArgs({ allowPositionals: true, options: { url: { type: 'string' } } })
const [command, schemaFolder, name] = positionals
if (command !== 'new' || !schemaFolder || !name) {
  console.error(
    'usage: node platform/postgres/migrate-cli.ts new prisma/<folder> <name> [--url <database with the earlier migrations>]',
  )
  process.exit(2)
}
console.log(await createMigration({ schemaFolder, name, ...(values.url && { url: values.url }) }))
