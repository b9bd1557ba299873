import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, it } from '@jest/globals'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { Command } from 'commander'
import { parse } from 'yaml'
import { AuditConfig } from '#cli/commands/audit.ts'
import { services as allServices, auditVariable, databaseOwners, databasesOf } from '#contracts/services.ts'
import { about, ensure } from '#platform/testing/expect.ts'
import { parseEntries } from '#simulators/discovery/rules.ts'
import { addGenerateOptions } from '#simulators/generator/options.ts'
import { generators, type ProcessSpec, seeding, services } from '../processes/processes.ts'

type Service = {
  image?: string
  build?: string
  pull_policy?: string
  profiles?: string[]
  networks?: string[] | Record<string, unknown>
  logging?: object
  mem_limit?: string
  command?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test: string[] }
  deploy?: { replicas?: number }
  ports?: string[]
}
type Compose = { services: Record<string, Service>; volumes: object }

const text = readFileSync('docker-compose.yml', 'utf8')
const compose = parse(text, { merge: true, maxAliasCount: -1 }) as Compose
const processes: ProcessSpec[] = [
  ...services,
  seeding,
  ...generators({ rate: 1, lasts: undefined, seed: undefined, wait: false }),
]
const serviceOf = ({ name }: ProcessSpec): Service => {
  const service = compose.services[name]
  ensure(service, `${name} is a service`)
  return service
}

describe('docker-compose.yml', () => {
  it('is what the compose specification allows', () => {
    const file = createRequire(import.meta.url)
      .resolve('dclint/package.json')
      .replace(/package\.json$/, '')
    // Its $schema has https where the registered name has http.
    const { $schema: _, ...schema } = JSON.parse(
      readFileSync(`${file}schemas/compose.schema.json`, 'utf8'),
    ) as Record<string, unknown>
    const ajv = new Ajv({ strict: false, allErrors: true })
    addFormats.default(ajv)
    const validate = ajv.compile(schema)
    validate(compose)
    expect(validate.errors).toStrictEqual(null)
  })

  it('runs every process, from its entry', () => {
    for (const process of processes) {
      const { command = [] } = serviceOf(process)
      about(process.name, () => expect(command.slice(0, 2)).toStrictEqual(['node', process.entry]))
    }
    expect(compose.services.notification?.deploy?.replicas).toBe(3)
  })

  for (const process of processes)
    it(`gives ${process.name} the variables that it reads, and no others`, async () => {
      const given = Object.keys(serviceOf(process).environment ?? {})
      const { needed, known } = process.entry.includes('generator')
        ? generatorVariables(process.name)
        : await variablesOf(process)
      // Missing.
      expect(needed.filter((name) => !given.includes(name))).toStrictEqual([])
      // Unknown.
      expect(given.filter((name) => !known.includes(name))).toStrictEqual([])
    })

  it('has every process listen where contracts/services.ts says', () => {
    for (const [name, ports] of portsInList) {
      const { environment = {} } = compose.services[name] ?? {}
      const rpcPort = portIn(environment[`${name.toUpperCase()}_RPC_PORT`])
      const httpPort = portIn(environment[`${name.toUpperCase()}_PORT`])
      about(name, () => expect({ rpcPort, httpPort }).toStrictEqual(ports))
    }
  })

  it('asks no process where it does not listen', () => {
    const everything = JSON.stringify(Object.values(compose.services).map(({ environment }) => environment))
    for (const [name, { rpcPort, httpPort }] of portsInList) {
      const checked =
        compose.services[name]?.healthcheck?.test.join(' ').match(/(?<=127\.0\.0\.1:)\d+/g) ?? []
      const asked = everything.match(RegExp(`(?<=//${name}:)\\d+`, 'g')) ?? []
      for (const port of [...checked, ...asked])
        about(name, () => expect([rpcPort, httpPort]).toContain(Number(port)))
    }
  })

  it('has a Postgres for every database of a service', () => {
    for (const owner of databaseOwners) {
      const containers = Object.values(compose.services).filter(
        ({ environment }) => environment?.OWNER === owner,
      )
      const made = containers.flatMap(({ environment }) => environment?.DATABASES?.split(' ') ?? [])
      about(owner, () => expect(made).toStrictEqual([...databasesOf(owner)]))
    }
  })

  it('tells discovery of every shard', () => {
    const { entries, problems } = parseEntries(
      compose.services.discovery?.environment?.DISCOVERY_SHARDS ?? '',
    )
    expect(problems).toStrictEqual([])
    const sharded = databaseOwners.filter((owner) => databasesOf(owner).length > 1)
    expect(entries.map(({ service, name }) => `${service}/${name}`).sort()).toStrictEqual(
      sharded.flatMap((owner) => databasesOf(owner).map((name) => `${owner}/${name}`)).sort(),
    )
  })

  it('builds the image of all processes in one service', () => {
    const ours = Object.entries(compose.services).filter(([, { image }]) => image === 'order-saga')
    const building = ours.filter(([, { build }]) => build !== undefined)
    expect(building.map(([name]) => name)).toStrictEqual(['gateway'])
    for (const [name, { pull_policy }] of ours) about(name, () => expect(pull_policy).toBe('never'))
  })

  it('gives the cli every address that the audit and the commands ask for', () => {
    const given = compose.services.cli?.environment ?? {}
    const wanted = [...Object.keys(AuditConfig.shape), 'GATEWAY_URL', 'GATEWAY_USER', 'GATEWAY_PASSWORD']
    expect(wanted.filter((name) => !(name in given))).toStrictEqual([])
    for (const owner of databaseOwners) {
      const urls = given[auditVariable(owner)]?.split(',') ?? []
      const named = urls.map((url) => url.split('/').at(-1)?.trim())
      about(owner, () => expect(named).toStrictEqual([...databasesOf(owner)]))
    }
  })

  it('gives each role of a database a password of its own, and a service its own role alone', () => {
    for (const [name, { environment = {} }] of Object.entries(compose.services)) {
      const passwords = JSON.stringify(environment).match(/[A-Z]+_DATABASE_PASSWORD/g) ?? []
      const own = environment.OWNER ?? name.replace(/^temporal-schema$/, 'temporal')
      for (const password of passwords)
        about(name, () => expect(password).toBe(`${own.toUpperCase()}_DATABASE_PASSWORD`))
      about(name, () => expect(JSON.stringify(environment)).not.toMatch(/postgresql:\/\/postgres:/))
    }
  })

  it('lets nothing but the gateway be reached from where nginx stands', () => {
    const on = (network: string) =>
      Object.entries(compose.services).flatMap(([name, { networks = [] }]) =>
        (Array.isArray(networks) ? networks : Object.keys(networks)).includes(network) ? [name] : [],
      )
    expect(on('front').sort()).toStrictEqual(['gateway', 'nginx'])
    expect(on('back').sort()).toStrictEqual(
      Object.keys(compose.services)
        .filter((name) => name !== 'nginx')
        .sort(),
    )
  })

  it('bounds the log and the memory of every container', () => {
    for (const [name, { logging, mem_limit }] of Object.entries(compose.services)) {
      about(name, () =>
        expect(logging).toStrictEqual({
          driver: 'json-file',
          options: { 'max-size': '10m', 'max-file': '3' },
        }),
      )
      about(name, () => expect(mem_limit ?? '').toMatch(/^\d+[mg]$/))
    }
  })

  it('checks the health of whatever stays up, and starts nothing before what it waits for can be healthy', () => {
    for (const [name, { depends_on = {} }] of Object.entries(compose.services)) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const awaited = compose.services[other]
        ensure(awaited, `${name} waits for ${other}`)
        if (condition === 'service_healthy') ensure(awaited.healthcheck, `${other} has a health check`)
      }
    }
    for (const process of services) {
      const { test = [] } = serviceOf(process).healthcheck ?? {}
      about(process.name, () =>
        expect(test.join(' ')).toMatch(/healthy\.mjs (http|h2c):\/\/127\.0\.0\.1:\d+\/ready$/),
      )
    }
  })

  it('shows nothing to other machines', () => {
    for (const [name, { ports = [] }] of Object.entries(compose.services))
      for (const port of ports) about(name, () => expect(port).toMatch(/^127\.0\.0\.1:/))
  })

  it('names only files that are there', () => {
    for (const [, file = ''] of text.matchAll(/"?(\.\/stack\/compose\/[\w.-]+):/g))
      expect(globSync(file).length).toBeGreaterThan(0)
  })
})

type PortsInList = { rpcPort: number | undefined; httpPort: number | undefined }

const portsIn = ({ rpcPort, httpPort }: Partial<PortsInList>): PortsInList => ({ rpcPort, httpPort })
const portsInList = Object.entries(allServices).map(([name, service]): [string, PortsInList] => [
  name,
  portsIn(service),
])
const portIn = (text?: string) => (text === undefined ? undefined : Number(text))

type Variables = { needed: string[]; known: string[] }

/** The variables in the schemas that the entry's module, and its config module, export; the log's are everybody's. */
async function variablesOf({ entry }: ProcessSpec): Promise<Variables> {
  const config = entry.startsWith('workers/') ? entry : entry.replace(/main\.ts$/, 'config.ts')
  const exported = (await import(`../../${config}`)) as Record<string, { shape?: object } | undefined>
  const shapes = Object.entries(exported).flatMap(([name, value]) =>
    name.endsWith('Config') && value?.shape ? Object.keys(value.shape) : [],
  )
  expect(shapes.length).toBeGreaterThan(0)
  const all = [...shapes, 'LOG_LEVEL', 'LOG_FORMAT']
  return { needed: all, known: all }
}

/** Its settings are flags on its command line; what all generators share stands in the environment. */
function generatorVariables(name: string): Variables {
  const needed = ['GATEWAY_URL', 'GATEWAY_USER', 'GATEWAY_PASSWORD', 'KAFKA_BROKERS', 'LOG_LEVEL']
  if (name === seeding.name) needed.push('DEMO_PASSWORD')
  const flags = addGenerateOptions(new Command()).options.flatMap(({ envVar }) => envVar ?? [])
  return { needed, known: [...needed, ...flags] }
}
