import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestGateway, type TestGateway } from '../testing/fixtures.ts'
import { Problem, problemKindsOf } from './openapi.ts'
import { problemKinds } from './problems.ts'
import { takesKeys } from './route.ts'

type Json = { [key: string]: Json }
type Parameter = { name: string; in: string; schema: { pattern?: string } }

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

/** Every object in the document, with the path to it. */
function* partsOf(part: Json, at = ''): Generator<{ part: { [key: string]: unknown }; at: string }> {
  if (typeof part !== 'object' || part === null) return
  yield { part, at }
  for (const [name, inner] of Object.entries(part)) yield* partsOf(inner, `${at}/${name}`)
}

/** The objects in a request or an answer that forbid other fields, what it points to included. */
function closedIn(part: Json | undefined, seen = new Set<string>()): string[] {
  if (!part) return []
  return [...partsOf(part)].flatMap(({ part: { additionalProperties, $ref }, at: where }) => {
    if (additionalProperties === false) return [where]
    if (typeof $ref !== 'string' || seen.has($ref)) return []
    seen.add($ref)
    return closedIn(at(api, ...$ref.slice(2).split('/')), seen)
  })
}

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

  it('has patterns that a browser can test a value against, as Swagger UI does', () => {
    const patterned = [...partsOf(api)].filter(({ part }) => typeof part.pattern === 'string')
    assert.ok(patterned.length > 0)
    for (const { at, part } of patterned) {
      const pattern = new RegExp(String(part.pattern))
      if (typeof part.example === 'string') assert.match(part.example, pattern, at)
    }
    for (const { method, path } of gateway.routes) {
      const search = parametersOf(path, method).find(({ name }) => name === 'search')
      assert.ok(!search || new RegExp(search.schema.pattern ?? '').test('heart'), path)
    }
  })

  it('lets answers have fields that come later, and requests none', () => {
    for (const { path, method, body } of gateway.routes) {
      const operation = at(api, 'paths', path, method)
      assert.deepEqual(closedIn(operation?.responses), [], `${method} ${path}`)
      if (body) assert.notDeepEqual(closedIn(operation?.requestBody), [], `${method} ${path}`)
    }
  })

  it('says of whole numbers that they need 64 bits when they do', () => {
    const numbers = [...partsOf(api)].filter(({ part }) => part.type === 'integer')
    assert.ok(numbers.length > 20)
    for (const { at, part } of numbers) {
      const [least, most] = [Number(part.minimum ?? 0), Number(part.maximum ?? 2 ** 53)]
      const fits = least >= -(2 ** 31) && most < 2 ** 31
      assert.equal(part.format, fits ? undefined : 'int64', at)
    }
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
    const html = await page.text()
    const script = await fetch(`${gateway.url}/docs/swagger-initializer.js`)
    assert.match(await script.text(), /url: '\/openapi\.json'/)
    const files = [...html.matchAll(/(?:src|href)="(?:\.\/)?([^"]+)"/g)].map(([, file]) => file)
    assert.ok(files.length >= 6)
    for (const file of files) assert.equal((await fetch(`${gateway.url}/docs/${file}`)).status, 200, file)
  })

  it('is all that is served of its package', async () => {
    for (const file of ['package.json', 'README.md', 'index.html', 'swagger-ui.js', '..%2fpackage.json', ''])
      assert.equal((await gateway.send('GET', `/docs/${file}/`)).status, 404, file)
    for (const file of ['package.json', 'README.md', 'swagger-ui.js.map', '..%2f..%2fpackage.json'])
      assert.equal((await gateway.send('GET', `/docs/${file}`)).status, 404, file)
  })
})
