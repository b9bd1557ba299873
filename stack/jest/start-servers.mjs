// JavaScript: Jest would transform TypeScript here, and with it all that the servers are started by.

import { startTestServers } from '../test-servers.ts'
import freshBundle from './fresh-bundle.mjs'

/** What the tests of a project need; `npm test` has started it already. */
export default async function startServers() {
  freshBundle()
  if (process.env.TEST_POSTGRES_URL) return
  process.stderr.write('\nstarting the servers that the tests need …\n')
  globalThis.orderSagaTestServers = await startTestServers()
}
