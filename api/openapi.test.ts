import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Problem, problemKindsOf } from './openapi.ts'
import { problemKinds } from './problems.ts'
import { takesKeys } from './route.ts'
import { startTestGateway, type TestGateway } from './testing.ts'

type Json = { [key: string]: Json }
type Parameter = { name: string; in: string }

let gateway: TestGateway
let api: Json
let text: string

before(async () => {
  gateway = await startTestGateway()
  text = await (await fetch(`${gateway.url}/openapi.json`)).text()
  api = JSON.parse(text) as Json
})
after(() => gateway.stop())

const at = (json: Json | undefined, ...keys: (string | number)[]): Json | undefined =>
  keys.reduce<Json | undefined>((part, key) => part?.[key], json)

const parametersOf = (path: string, method: string) =>
  Object.values<unknown>(at(api, 'paths', path, method, 'parameters') ?? {}) as Parameter[]

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1, and has every route with an operation id of its own', () => {
    assert.equal(at(api, 'openapi'), '3.1.0')
    const inDocument = Object.entries(api.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    )
    const declared = gateway.routes.map(({ method, path }) => `${method} ${path}`)
    assert.deepEqual(inDocument.sort(), declared.sort())
    assert.equal(new Set(gateway.routes.map(({ name }) => name)).size, gateway.routes.length)
  })

  it('declares every part of a path as a parameter', () => {
    for (const { path, method } of gateway.routes) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const parameters = parametersOf(path, method)
      const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => name)
      assert.deepEqual(inPath, named, path)
    }
  })

  it('points only at what it holds', () => {
    const pointers = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, pointer]) => String(pointer))
    assert.ok(pointers.length > 0)
    for (const pointer of pointers) assert.ok(at(api, ...pointer.split('/')), pointer)
  })

  it('gives examples that its own schemas accept', () => {
    for (const { path, body, example, answers } of gateway.routes) {
      if (body) assert.ok(body.safeParse(example).success, `${path} body`)
      for (const [status, answer] of Object.entries(answers)) {
        if (!answer.schema) continue
        assert.deepEqual(answer.schema.parse(answer.example), answer.example, `${path} ${status}`)
      }
    }
  })

  it('lists the problems of each route, with examples', () => {
    for (const route of gateway.routes) {
      for (const kind of problemKindsOf(route)) {
        const { status } = problemKinds[kind]
        if (status in route.answers) continue
        const content = [
          'responses',
          status,
          'content',
          'application/problem+json',
          'examples',
          kind,
          'value',
        ]
        const example = at(api, 'paths', route.path, route.method, ...content)
        assert.equal(Problem.parse(example).status, status)
      }
    }
  })

  it('says what validation says: no field besides the known ones, and no price in an order', () => {
    const line = at(api, 'components', 'schemas', 'NewOrderLine')
    assert.equal(line?.additionalProperties, false)
    assert.deepEqual(Object.keys(line?.properties ?? {}), ['productId', 'quantity'])
    assert.deepEqual(at(api, 'components', 'schemas', 'NewOrder', 'required'), ['lines'])
  })

  it('says of each route who may use it, and that it wants a token unless it is open to all', () => {
    assert.equal(at(api, 'components', 'securitySchemes', 'bearer', 'scheme'), 'bearer')
    for (const { path, method, access } of gateway.routes) {
      const operation = at(api, 'paths', path, method)
      assert.equal(operation?.['x-access'], access)
      assert.deepEqual(operation?.security, access === 'public' ? [] : [{ bearer: [] }])
    }
  })

  it('documents the Idempotency-Key of every POST of somebody', () => {
    for (const { path } of gateway.routes.filter(takesKeys)) {
      const parameters = parametersOf(path, 'post')
      assert.ok(
        parameters.some(({ name }) => name === 'Idempotency-Key'),
        path,
      )
    }
  })
})

describe('the documentation page', () => {
  it('is served with its own files and shows our document', async () => {
    const page = await fetch(`${gateway.url}/docs`)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /swagger-ui-bundle\.js/)
    const script = await fetch(`${gateway.url}/docs/swagger-initializer.js`)
    assert.match(await script.text(), /url: '\/openapi\.json'/)
    assert.equal((await fetch(`${gateway.url}/docs/swagger-ui-bundle.js`)).status, 200)
  })
})
