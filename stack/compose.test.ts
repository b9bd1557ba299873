import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parseEnv } from 'node:util'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { Command } from 'commander'
import { parse } from 'yaml'
import { partitionsPerTopic, topics } from '#contracts/topics.ts'
import { createTokenSigner } from '#platform/tokens.ts'
import { parseEntries } from '#simulators/discovery/rules.ts'
import { addGenerateOptions } from '#simulators/generator/options.ts'
import { databasesOf, owners } from './databases.ts'
import { generators, type ProcessSpec, seeding, services } from './processes.ts'

type Service = {
  image?: string
  command?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: object
  deploy?: { replicas?: number }
  ports?: string[]
}
type Compose = { services: Record<string, Service>; volumes: object }

const text = readFileSync('docker-compose.yml', 'utf8')
const compose = parse(text, { merge: true }) as Compose
const processes: ProcessSpec[] = [
  ...services,
  seeding,
  ...generators({ rate: 1, lasts: undefined, seed: undefined, wait: false }),
]
const serviceOf = ({ name }: ProcessSpec): Service => {
  const service = compose.services[name]
  assert.ok(service, `${name} is a service`)
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
    assert.deepEqual(validate.errors, null)
  })

  it('runs every process, from its entry', () => {
    for (const process of processes) {
      const { command = [] } = serviceOf(process)
      assert.deepEqual(command.slice(0, 2), ['node', process.entry], process.name)
    }
    assert.equal(compose.services.notification?.deploy?.replicas, 3)
  })

  for (const process of processes)
    it(`gives ${process.name} the variables that it reads, and no others`, async () => {
      const given = Object.keys(serviceOf(process).environment ?? {})
      const { needed, known } = process.entry.includes('generator')
        ? generatorVariables(process.name)
        : await variablesOf(process)
      assert.deepEqual(
        needed.filter((name) => !given.includes(name)),
        [],
        'missing',
      )
      assert.deepEqual(
        given.filter((name) => !known.includes(name)),
        [],
        'unknown',
      )
    })

  it('tells discovery of every shard', () => {
    const { entries, problems } = parseEntries(
      compose.services.discovery?.environment?.DISCOVERY_SHARDS ?? '',
    )
    assert.deepEqual(problems, [])
    const sharded = owners.filter((owner) => databasesOf[owner].length > 1)
    assert.deepEqual(
      entries.map(({ service, name }) => `${service}/${name}`).sort(),
      sharded.flatMap((owner) => databasesOf[owner].map((name) => `${owner}/${name}`)).sort(),
    )
  })

  it('creates every topic, and where its unreadable messages go', () => {
    const service = compose.services['kafka-topics']
    assert.deepEqual(service?.environment?.TOPICS?.split(' ').sort(), Object.values(topics).sort())
    assert.match(service?.command?.[0] ?? '', new RegExp(`--partitions ${partitionsPerTopic}\\b`))
    assert.match(service?.command?.[0] ?? '', /\$\$topic\.dlq/)
  })

  it('checks the health of whatever stays up, and starts nothing before what it waits for can be healthy', () => {
    for (const [name, { depends_on = {} }] of Object.entries(compose.services)) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const awaited = compose.services[other]
        assert.ok(awaited, `${name} waits for ${other}`)
        if (condition === 'service_healthy') assert.ok(awaited.healthcheck, `${other} has a health check`)
      }
    }
    for (const process of services) assert.ok(serviceOf(process).healthcheck, process.name)
  })

  it('shows nothing to other machines', () => {
    for (const [name, { ports = [] }] of Object.entries(compose.services))
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name)
  })

  it('names only files that are there', () => {
    for (const [, file = ''] of text.matchAll(/"?(\.\/stack\/compose\/[\w.-]+):/g))
      assert.ok(globSync(file).length > 0, file)
  })

  it('finds every secret in what make-env.sh writes, with a key that signs', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'order-saga-env-'))
    t.after(() => rmSync(folder, { recursive: true }))
    cpSync('stack/compose/make-env.sh', join(folder, 'stack/compose/make-env.sh'))
    execFileSync('sh', [join(folder, 'stack/compose/make-env.sh')])
    const written = readFileSync(join(folder, '.env'), 'utf8')
    for (const line of written.trim().split('\n')) assert.match(line, /^[A-Z_]+=\S/)
    const secrets = parseEnv(written)
    for (const [, name = ''] of text.matchAll(/\$\{([A-Z_]+):\?/g)) assert.ok(secrets[name], name)
    const privateKeyPem = secrets.TOKEN_PRIVATE_KEY ?? ''
    await createTokenSigner({ issuer: 'a', audience: 'b', privateKeyPem, lifetime: 1_000 })
  })
})

type Variables = { needed: string[]; known: string[] }

/** Of the schemas that the entry's module, and its config module, export; the log's are everybody's. */
async function variablesOf({ entry }: ProcessSpec): Promise<Variables> {
  const config = entry.startsWith('workers/') ? entry : entry.replace(/main\.ts$/, 'config.ts')
  const exported = (await import(`../${config}`)) as Record<string, { shape?: object } | undefined>
  const shapes = Object.entries(exported).flatMap(([name, value]) =>
    name.endsWith('Config') && value?.shape ? Object.keys(value.shape) : [],
  )
  assert.ok(shapes.length > 0, `${config} exports its configuration`)
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
