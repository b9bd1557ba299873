import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'
import { partitionsPerTopic, topics } from '#contracts/topics.ts'
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

  it('gives every process the variables that it reads, and no others', async () => {
    for (const process of processes) {
      const read = await variablesOf(process)
      const given = Object.keys(serviceOf(process).environment ?? {})
      const missing = [...read].filter((name) => !given.includes(name))
      const unknown = given.filter((name) => !read.has(name))
      assert.deepEqual({ missing, unknown }, { missing: [], unknown: [] }, process.name)
    }
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
})

/** Of the schemas that the entry's module, and its config module, export; the log's are everybody's. */
async function variablesOf({ entry }: ProcessSpec): Promise<Set<string>> {
  const folder = entry.replace(/\/[^/]+$/, '')
  const modules = [
    entry,
    ...globSync(`${folder}/{config,options}.ts`).filter((file) => file !== entry && folder !== 'workers'),
  ]
  const names = new Set(['LOG_LEVEL', 'LOG_FORMAT'])
  for (const file of modules) {
    const exported = (await import(`../${file}`)) as Record<string, { shape?: object } | undefined>
    for (const [name, value] of Object.entries(exported))
      if (name.endsWith('Config') && value?.shape) for (const key of Object.keys(value.shape)) names.add(key)
  }
  return names
}
