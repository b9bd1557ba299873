import { Client } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { waitUntilUp } from '../process/lifecycle.ts'
import { type Logger, reasonOf } from '../process/logger.ts'
import { installRuntime } from './runtime.ts'

export { startWorker } from './worker.ts'

export type Temporal = {
  /** Shares the connection with the workers, which makes eager workflow start possible. */
  client: Client
  native: NativeConnection
  namespace: string
  /** Stop the workers first. */
  close(): Promise<void>
}

type TemporalOptions = { address: string; namespace?: string; logger: Logger; signal?: AbortSignal }

/** Resolves when the server is up and knows the namespace. */
export async function connectTemporal(options: TemporalOptions): Promise<Temporal> {
  const { address, namespace = 'default', logger, signal } = options
  installRuntime(logger)
  const native = await waitUntilUp(`Temporal at ${address}`, () => connect(address, namespace), {
    logger,
    signal,
  })
  return {
    client: new Client({ connection: native, namespace }),
    native,
    namespace,
    close: () => native.close(),
  }
}

async function connect(address: string, namespace: string): Promise<NativeConnection> {
  const native = await NativeConnection.connect({ address }).catch((error) => {
    throw new Error(shortReason(error), { cause: error })
  })
  try {
    await native.withDeadline(Date.now() + 5_000, () =>
      native.workflowService.describeNamespace({ namespace }),
    )
    return native
  } catch (error) {
    await native.close()
    throw error
  }
}

/** The native client shows a whole Rust value; the words are in its innermost `message`. */
const shortReason = (error: unknown) => /message: "([^"]+)"/.exec(reasonOf(error))?.[1] ?? reasonOf(error)

// INDEXED_VALUE_TYPE_KEYWORD
const KEYWORD = 2

/** Registers the search attributes that are missing, as keywords, and waits until they can be used. */
export async function ensureSearchAttributes(
  client: Client,
  namespace: string,
  names: readonly string[],
  { logger, signal }: { logger: Logger; signal?: AbortSignal },
): Promise<void> {
  const { operatorService } = client.connection
  const missing = async () => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
    return names.filter((name) => customAttributes[name] === undefined)
  }
  const register = async () => {
    const absent = await missing()
    if (absent.length === 0) return
    const searchAttributes = Object.fromEntries(absent.map((name) => [name, KEYWORD]))
    await operatorService.addSearchAttributes({ namespace, searchAttributes })
    if ((await missing()).length > 0) throw new Error('registered, not visible yet')
  }
  await waitUntilUp('search attributes', register, { logger, signal })
}
