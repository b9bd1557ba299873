import {
  services as allServices,
  auditVariable,
  type DatabaseOwner,
  databaseOwners,
  databaseVariable,
  httpServices,
  rpcServices,
} from '#contracts/services.ts'
import { httpPortOf, type PortName, type Ports, rpcPortOf } from '../servers/ports.ts'
import type { Secrets } from '../servers/secrets.ts'

export type Addresses = {
  databaseUrls: Record<DatabaseOwner, string>
  /** All databases of a service, with commas between them. */
  auditUrls: Record<DatabaseOwner, string>
  /** What discovery tells; empty when every database has its fixed address. */
  discoveryShards: string
  kafkaBrokers: string
  temporalAddress: string
  /** Undefined when somebody else runs Temporal. */
  temporalUiUrl?: string | undefined
  redisUrl: string
}

export type ProcessSpec = { name: string; entry: string; args?: string[]; env?: Record<string, string> }

/** In the order in which they are started. */
export const services: ProcessSpec[] = Object.entries(allServices).map(([name, { entry }]) => ({
  name,
  entry,
}))

/** A day in a minute: a real customer has longer to decide, and a real courier is slower and loses less; databases rarely move. */
export const demonstration = {
  DEMO: 'on',
  // Of `npm run dev:web`.
  WEB_ORIGINS: 'http://127.0.0.1:5173,http://localhost:5173',
  ORDER_DECISION_TIMEOUT: '20s',
  COURIER_STEP: '1s',
  COURIER_LOSE: '0.02',
  COURIER_DUPLICATE: '0.05',
  COURIER_SHUFFLE: '0.05',
  COURIER_DELAY: '0.02',
  COURIER_LATE_BY: '5s',
  DISCOVERY_MOVE_EVERY: '15s',
  WEBHOOK_ALLOW: 'http://127.0.0.1:*',
}

/** Shares of orders that show the other ways an order can go. */
const trouble = ['invalid', 'duplicate', 'unaffordable', 'out-of-stock', 'far'].flatMap((what) => [
  `--${what}`,
  '0.03',
])

const generatorEntry = 'simulators/generator/main.ts'

/** Makes the seed data's products, customers and accounts known, and ends. */
export const seeding: ProcessSpec = { name: 'seed', entry: generatorEntry, args: ['--count', '0'] }

export type GeneratorOptions = {
  /** Orders a second, of all sources together. */
  rate: number
  lasts: string | undefined
  seed: string | undefined
  /** Follow every order to its end. */
  wait: boolean
}

export function generators(options: GeneratorOptions): ProcessSpec[] {
  const sources = options.rate > 0 ? ['web', 'mobile', 'partner'] : []
  return sources.map((source) => ({
    name: `generator-${source}`,
    entry: generatorEntry,
    args: [
      '--source',
      source,
      '--rate',
      String(options.rate / sources.length),
      '--no-register',
      ...trouble,
      ...(options.wait ? ['--wait'] : []),
      ...(options.lasts === undefined ? ['--steered'] : ['--for', options.lasts]),
      ...(options.seed === undefined ? [] : ['--seed', `${options.seed}-${source}`]),
    ],
  }))
}

/** The variables that the processes read; each is given its part, see `environmentOf`. */
export function environmentFor(
  addresses: Addresses,
  ports: Ports,
  { staffPassword, demoPassword, tokenKey }: Omit<Secrets, 'passwords'>,
): Record<string, string> {
  const url = (name: PortName) => `http://127.0.0.1:${ports[name]}`
  const rpc = rpcServices.flatMap((name) => {
    const port = rpcPortOf(name)
    return [
      [port, String(ports[port])],
      [port.replace('PORT', 'URL'), url(port)],
    ]
  })
  const http = httpServices.map((name) => [httpPortOf(name), String(ports[httpPortOf(name)])])
  const databases = databaseOwners.flatMap((owner) => [
    [databaseVariable(owner), addresses.databaseUrls[owner]],
    [auditVariable(owner), addresses.auditUrls[owner]],
  ])
  return {
    ...Object.fromEntries([...databases, ...rpc, ...http]),
    DISCOVERY_SHARDS: addresses.discoveryShards,
    KAFKA_BROKERS: addresses.kafkaBrokers,
    TEMPORAL_ADDRESS: addresses.temporalAddress,
    ...(addresses.temporalUiUrl && { TEMPORAL_UI_URL: addresses.temporalUiUrl }),
    REDIS_URL: addresses.redisUrl,
    GATEWAY_URL: url('GATEWAY_PORT'),
    JWKS_URL: `${url('GATEWAY_PORT')}/.well-known/jwks.json`,
    NOTIFICATION_URLS: url('NOTIFICATION_PORT'),
    TOKEN_PRIVATE_KEY: tokenKey,
    STAFF_USER: staffUser,
    STAFF_PASSWORD: staffPassword,
    DEMO_PASSWORD: demoPassword,
    GATEWAY_USER: staffUser,
    GATEWAY_PASSWORD: staffPassword,
  }
}

export const staffUser = 'ann'

/** Who alone is given a variable. Whatever is not named here is no secret, and everybody's. */
const givenTo: Record<string, (process: string) => boolean> = {
  ...Object.fromEntries(
    databaseOwners.map((owner) => [databaseVariable(owner), (name: string) => name === owner]),
  ),
  ...Object.fromEntries(databaseOwners.map((owner) => [auditVariable(owner), () => false])),
  TOKEN_PRIVATE_KEY: (name) => name === 'gateway',
  DEMO_CONTROL_URL: (name) => name === 'gateway',
  DEMO_CONTROL_TOKEN: (name) => name === 'gateway',
  STAFF_PASSWORD: (name) => name === 'customer',
  DEMO_PASSWORD: (name) => name === seeding.name,
  GATEWAY_PASSWORD: (name) => name === seeding.name || name.startsWith('generator-'),
}

/** A process's part: only the process that owns a database has its address, and no process another's secret. */
export function environmentOf(name: string, all: Record<string, string>): Record<string, string> {
  const part = Object.entries(all).filter(([variable]) => givenTo[variable]?.(name) ?? true)
  const environment = Object.fromEntries(part)
  // A service whose database has a fixed address asks nobody where it is; the gateway asks how discovery is.
  const found = all.DISCOVERY_SHARDS?.split(';').some((shard) => shard.startsWith(`${name}/`))
  if (!found && name !== 'gateway') delete environment.DISCOVERY_RPC_URL
  return environment
}

/** For commands in other terminals: they sign in as staff, and audit. */
export function environmentOfCommands(all: Record<string, string>): Record<string, string> {
  const hidden = [...databaseOwners.map(databaseVariable), 'TOKEN_PRIVATE_KEY', 'STAFF_PASSWORD']
  return Object.fromEntries(Object.entries(all).filter(([variable]) => !hidden.includes(variable)))
}

/** Which database can be reached where, in the words of DISCOVERY_SHARDS. */
export const discoveryShards = (
  owner: DatabaseOwner,
  names: readonly string[],
  addresses: readonly string[],
): string => names.map((name) => `${owner}/${name}@${addresses.join()}`).join(';')
