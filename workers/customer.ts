import { join } from 'node:path'
import { z } from 'zod'
import { readConfig, zPort, zUrl } from '#platform/config.ts'
import { openDatabase } from '#platform/database.ts'
import { type ProcessContext, runProcess, waitUntilUp } from '#platform/lifecycle.ts'
import { migrateDatabase } from '#platform/migrate.ts'
import { serveRpc } from '#platform/rpc.ts'
import { customerRoutes } from '#services/customer/rpc.ts'
import { createCustomerStore } from '#services/customer/store.ts'

export const CustomerConfig = z.object({
  CUSTOMER_DATABASE_URL: zUrl,
  CUSTOMER_RPC_PORT: zPort.default(4004),
})
export type CustomerConfig = z.infer<typeof CustomerConfig>

const schemaFolder = join(import.meta.dirname, '../prisma/customer')

/** The customer process: who the customers are, by gRPC. It publishes nothing, so its outbox has no relay. */
export async function startCustomer({ logger, signal }: ProcessContext, config: CustomerConfig) {
  // Stops in reverse what was started; a start that fails on the way, too.
  await using started = new AsyncDisposableStack()
  const url = config.CUSTOMER_DATABASE_URL
  const database = started.adopt(openDatabase(url, { applicationName: 'customer' }), (it) => it.close())
  await waitUntilUp('the customer database', () => database.query('select 1'), { logger, signal })
  await migrateDatabase({ url, schemaFolder, logger })

  const store = createCustomerStore({ databaseOf: () => database, clock: () => new Date() })
  const rpc = started.adopt(
    await serveRpc({ port: config.CUSTOMER_RPC_PORT, routes: customerRoutes(store), logger }),
    (it) => it.stop(),
  )
  const running = started.move()
  return { port: rpc.port, stop: () => running.disposeAsync() }
}

if (import.meta.main) {
  await runProcess('customer', (context) => startCustomer(context, readConfig(CustomerConfig)))
}
