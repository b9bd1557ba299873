import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTemplates } from './servers/databases.ts'
import { freePorts } from './servers/ports.ts'
import { newSecrets } from './servers/secrets.ts'
import { startServers } from './servers/servers.ts'
import { timeSkippingServer } from './servers/temporal.ts'

export type TestServers = { stop(): Promise<void> }

/** The real servers, empty, on ports of their own, in a folder that goes with them. The `TEST_…` variables name them to tests and benchmarks. */
export async function startTestServers(): Promise<TestServers> {
  const folder = await mkdtemp(join(tmpdir(), 'order-saga-test-'))
  // PostgreSQL may run as another user, who has to get in.
  await chmod(folder, 0o711)
  await using started = new AsyncDisposableStack()
  started.defer(() => rm(folder, { recursive: true, force: true }))
  const servers = await startServers(
    { dataFolder: folder, logFolder: join(folder, 'logs'), durable: false, ports: await freePorts() },
    {},
  )
  started.defer(() => servers.stop())
  process.env.TEST_POSTGRES_URL = servers.postgresUrl
  process.env.TEST_KAFKA_BROKERS = servers.kafkaBrokers
  process.env.TEST_REDIS_URL = servers.redisUrl
  process.env.TEST_TEMPORAL_ADDRESS = servers.temporalAddress
  process.env.TEST_TIME_SKIPPING_SERVER = await timeSkippingServer()
  await createTemplates(servers.postgresUrl ?? '', newSecrets().passwords)
  const running = started.move()
  return { stop: () => running.disposeAsync() }
}
