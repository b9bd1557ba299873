import { slotsFor } from '#platform/postgres/pool.ts'
import { adopting, type ProcessContext } from '#platform/process/lifecycle.ts'
import { connectTemporal, startWorker } from '#platform/temporal/temporal.ts'

type Options = ProcessContext & {
  config: { TEMPORAL_ADDRESS: string; TEMPORAL_NAMESPACE: string; DATABASE_POOL: number }
  taskQueue: string
  activities: object
}

/** Works on a service's own task queue. */
export async function startActivityWorker({ config, logger, signal, ...work }: Options) {
  await using started = new AsyncDisposableStack()
  const stoppable = adopting(started)
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, DATABASE_POOL: pool } = config
  const { native } = stoppable(await connectTemporal({ address, namespace, logger, signal }))
  const slots = slotsFor(pool, { local: false })
  const { prove } = stoppable(await startWorker({ native, namespace, slots, logger, ...work }))
  const running = started.move()
  return { prove, stop: () => running.disposeAsync() }
}
