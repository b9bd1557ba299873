import type { Owner } from './databases.ts'
import type { Ports } from './ports.ts'

export type Addresses = {
  databaseUrls: Record<Owner, string>
  auditUrls: Record<Owner, string>
  kafkaBrokers: string
  temporalAddress: string
  redisUrl: string
}

export type ProcessSpec = { name: string; entry: string; args?: string[]; env?: Record<string, string> }

/** The picture: which processes the system is made of. Each can run alone; none minds which is up first. */
export const services: ProcessSpec[] = [
  { name: 'order', entry: 'workers/order.ts' },
  { name: 'inventory', entry: 'workers/inventory.ts' },
  { name: 'payment', entry: 'workers/payment.ts' },
  { name: 'customer', entry: 'workers/customer.ts' },
  { name: 'gateway', entry: 'workers/gateway.ts' },
  { name: 'logistics', entry: 'simulators/logistics/main.ts' },
]

/** A day in a minute: a real customer has longer to decide, and a real courier is slower and loses less. */
export const demonstration = {
  ORDER_DECISION_TIMEOUT: '20s',
  COURIER_STEP: '1s',
  COURIER_LOSE: '0.02',
  COURIER_DUPLICATE: '0.05',
  COURIER_SHUFFLE: '0.05',
  COURIER_DELAY: '0.02',
  COURIER_LATE_BY: '5s',
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
      ...(options.lasts === undefined ? [] : ['--for', options.lasts]),
      ...(options.seed === undefined ? [] : ['--seed', `${options.seed}-${source}`]),
    ],
  }))
}

/** The variables that every process reads its part of; `npm start` writes them down for the commands in other terminals. */
export function environmentFor(addresses: Addresses, ports: Ports): Record<string, string> {
  const url = (port: number) => `http://127.0.0.1:${port}`
  const databases = Object.entries(addresses.databaseUrls).map(([owner, at]) => [
    `${owner.toUpperCase()}_DATABASE_URL`,
    at,
  ])
  const audit = Object.entries(addresses.auditUrls).map(([owner, at]) => [
    `AUDIT_${owner.toUpperCase()}_DATABASE_URL`,
    at,
  ])
  const rpc = (['ORDER', 'INVENTORY', 'PAYMENT', 'CUSTOMER', 'LOGISTICS'] as const).flatMap((name) => [
    [`${name}_RPC_PORT`, String(ports[`${name}_RPC_PORT`])],
    [`${name}_RPC_URL`, url(ports[`${name}_RPC_PORT`])],
  ])
  return {
    ...Object.fromEntries([...databases, ...audit, ...rpc]),
    KAFKA_BROKERS: addresses.kafkaBrokers,
    TEMPORAL_ADDRESS: addresses.temporalAddress,
    REDIS_URL: addresses.redisUrl,
    GATEWAY_PORT: String(ports.GATEWAY_PORT),
    GATEWAY_URL: url(ports.GATEWAY_PORT),
  }
}

/** What of it a process is given: only the process that owns a database has its address. */
export function environmentOf(name: string, all: Record<string, string>): Record<string, string> {
  const own = `${name.toUpperCase()}_DATABASE_URL`
  return Object.fromEntries(
    Object.entries(all).filter(([variable]) => !variable.endsWith('_DATABASE_URL') || variable === own),
  )
}
