import { databaseOwners, databaseVariable } from '#contracts/services.ts'
import type { Child } from '../processes/children.ts'
import { endLeftOvers } from '../processes/leftovers.ts'
import { startKafka } from './kafka.ts'
import type { ServerOptions } from './options.ts'
import { mustBeFree, type PortName } from './ports.ts'
import { startPostgres } from './postgres.ts'
import { startTemporal } from './temporal.ts'
import { startValkey } from './valkey.ts'

/** The picture: which servers there are, which ports they need, and which addresses make each unnecessary. */
const declared = {
  postgres: {
    start: startPostgres,
    ports: ['POSTGRES_PORT'],
    replacedBy: databaseOwners.map(databaseVariable),
  },
  kafka: { start: startKafka, ports: ['KAFKA_PORT', 'KAFKA_CONTROLLER_PORT'], replacedBy: ['KAFKA_BROKERS'] },
  temporal: {
    start: startTemporal,
    ports: ['TEMPORAL_PORT', 'TEMPORAL_UI_PORT'],
    replacedBy: ['TEMPORAL_ADDRESS'],
  },
  valkey: { start: startValkey, ports: ['VALKEY_PORT'], replacedBy: ['REDIS_URL'] },
} as const satisfies Record<string, { start: unknown; ports: PortName[]; replacedBy: string[] }>

/** A server that runs, and how to start it once more on its data. */
export type ServerChild = { child: Child; again: () => Promise<Child> }

export type Servers = {
  postgresUrl: string | undefined
  kafkaBrokers: string
  temporalAddress: string
  temporalUiUrl: string | undefined
  redisUrl: string
  children: ServerChild[]
  stop(): Promise<void>
}

/** Starts, side by side, the servers that the environment does not name. All listen on loopback only. */
export async function startServers(options: ServerOptions, env: NodeJS.ProcessEnv): Promise<Servers> {
  const needed = (name: keyof typeof declared) =>
    !declared[name].replacedBy.every((variable) => env[variable])
  await endLeftOvers(options.logFolder)
  const names = (Object.keys(declared) as (keyof typeof declared)[]).filter(needed)
  for (const port of names.flatMap((name): readonly PortName[] => declared[name].ports)) {
    await mustBeFree(port, options.ports[port])
  }
  const children: ServerChild[] = []
  const start = async <T extends Child>(
    name: keyof typeof declared,
    starting: (options: ServerOptions) => Promise<T>,
  ) => {
    if (!names.includes(name)) return undefined
    const child = await starting(options)
    children.push({ child, again: () => starting(options) })
    return child
  }
  const stop = async () =>
    void (await Promise.all(children.map(({ child }) => child.stop({ within: 4_000 }))))
  const started = await Promise.allSettled([
    start('postgres', declared.postgres.start),
    start('kafka', declared.kafka.start),
    start('temporal', declared.temporal.start),
    start('valkey', declared.valkey.start),
  ] as const)
  const failed = started.find((one) => one.status === 'rejected')
  if (failed) {
    await stop()
    throw failed.reason
  }
  const [postgres, kafka, temporal, valkey] = started.map((one) =>
    one.status === 'fulfilled' ? one.value : undefined,
  ) as [
    { url: string } | undefined,
    { brokers: string } | undefined,
    { address: string; uiUrl: string } | undefined,
    { url: string } | undefined,
  ]
  return {
    postgresUrl: postgres?.url,
    kafkaBrokers: kafka?.brokers ?? env.KAFKA_BROKERS ?? '',
    temporalAddress: temporal?.address ?? env.TEMPORAL_ADDRESS ?? '',
    temporalUiUrl: temporal?.uiUrl,
    redisUrl: valkey?.url ?? env.REDIS_URL ?? '',
    children,
    stop,
  }
}
