import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { about, ensure } from '#platform/testing/expect.ts'
import { startTestGateway, type TestGateway } from '../testing/fixtures.ts'
import { Problem, problemKindsOf } from './openapi.ts'
import { problemKinds } from './problems.ts'
import { takesKeys } from './route.ts'

type Json = { [key: string]: Json }
type Parameter = { name: string; in: string; schema: { pattern?: string } }

let gateway: TestGateway
let api: Json
let text: string

beforeAll(async () => {
  gateway = await startTestGateway()
  text = await (await fetch(`${gateway.url}/openapi.json`)).text()
  api = JSON.parse(text) as Json
})
afterAll(() => gateway.stop())

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
    expect(at(api, 'openapi')).toBe('3.1.0')
    const inDocument = Object.entries(api.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    )
    const declared = gateway.routes.map(({ method, path }) => `${method} ${path}`)
    expect(inDocument.sort()).toStrictEqual(declared.sort())
    expect(new Set(gateway.routes.map(({ name }) => name)).size).toBe(gateway.routes.length)
  })

  it('declares every part of a path as a parameter', () => {
    for (const { path, method } of gateway.routes) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const parameters = parametersOf(path, method)
      const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => name)
      about(path, () => expect(inPath).toStrictEqual(named))
    }
  })

  it('points only at what it holds', () => {
    const pointers = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, pointer]) => String(pointer))
    expect(pointers.length).toBeGreaterThan(0)
    for (const pointer of pointers) ensure(at(api, ...pointer.split('/')), pointer)
  })

  it('gives examples that its own schemas accept', () => {
    for (const { path, body, example, answers } of gateway.routes) {
      if (body) ensure(body.safeParse(example).success, `${path} body`)
      for (const [status, answer] of Object.entries(answers)) {
        if (!answer.schema) continue
        about(`${path} ${status}`, () =>
          expect(answer.schema.parse(answer.example)).toStrictEqual(answer.example),
        )
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
        expect(Problem.parse(example).status).toBe(status)
      }
    }
  })

  it('says what validation says: no field besides the known ones, and no price in an order', () => {
    const line = at(api, 'components', 'schemas', 'NewOrderLine')
    expect(line?.additionalProperties).toBe(false)
    expect(Object.keys(line?.properties ?? {})).toStrictEqual(['productId', 'quantity'])
    expect(at(api, 'components', 'schemas', 'NewOrder', 'required')).toStrictEqual(['lines'])
  })

  it('has patterns that a browser can test a value against, as Swagger UI does', () => {
    const patterned = [...partsOf(api)].filter(({ part }) => typeof part.pattern === 'string')
    expect(patterned.length).toBeGreaterThan(0)
    for (const { at, part } of patterned) {
      const pattern = new RegExp(String(part.pattern))
      if (typeof part.example === 'string') about(at, () => expect(part.example).toMatch(pattern))
    }
    for (const { method, path } of gateway.routes) {
      const search = parametersOf(path, method).find(({ name }) => name === 'search')
      ensure(!search || new RegExp(search.schema.pattern ?? '').test('heart'), path)
    }
  })

  it('lets answers have fields that come later, and requests none', () => {
    for (const { path, method, body } of gateway.routes) {
      const operation = at(api, 'paths', path, method)
      about(`${method} ${path}`, () => expect(closedIn(operation?.responses)).toStrictEqual([]))
      if (body) about(`${method} ${path}`, () => expect(closedIn(operation?.requestBody)).not.toEqual([]))
    }
  })

  it('says of whole numbers that they need 64 bits when they do', () => {
    const numbers = [...partsOf(api)].filter(({ part }) => part.type === 'integer')
    expect(numbers.length).toBeGreaterThan(20)
    for (const { at, part } of numbers) {
      const [least, most] = [Number(part.minimum ?? 0), Number(part.maximum ?? 2 ** 53)]
      const fits = least >= -(2 ** 31) && most < 2 ** 31
      about(at, () => expect(part.format).toBe(fits ? undefined : 'int64'))
    }
  })

  it('says of each route who may use it, and that it wants a token unless it is open to all', () => {
    expect(at(api, 'components', 'securitySchemes', 'bearer', 'scheme')).toBe('bearer')
    for (const { path, method, access } of gateway.routes) {
      const operation = at(api, 'paths', path, method)
      expect(operation?.['x-access']).toBe(access)
      expect(operation?.security).toStrictEqual(access === 'public' ? [] : [{ bearer: [] }])
    }
  })

  it('documents the Idempotency-Key of every POST of somebody', () => {
    for (const { path } of gateway.routes.filter(takesKeys)) {
      const parameters = parametersOf(path, 'post')
      ensure(
        parameters.some(({ name }) => name === 'Idempotency-Key'),
        path,
      )
    }
  })
})

describe('the documentation page', () => {
  it('is served with its own files and shows our document', async () => {
    const page = await fetch(`${gateway.url}/docs`)
    expect(page.status).toBe(200)
    const html = await page.text()
    const script = await fetch(`${gateway.url}/docs/swagger-initializer.js`)
    expect(await script.text()).toMatch(/url: '\/openapi\.json'/)
    const files = [...html.matchAll(/(?:src|href)="(?:\.\/)?([^"]+)"/g)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThanOrEqual(6)
    for (const file of files)
      await about(file, async () => expect((await fetch(`${gateway.url}/docs/${file}`)).status).toBe(200))
  })

  it('is all that is served of its package', async () => {
    for (const file of ['package.json', 'README.md', 'index.html', 'swagger-ui.js', '..%2fpackage.json', ''])
      await about(file, async () => expect((await gateway.send('GET', `/docs/${file}/`)).status).toBe(404))
    for (const file of ['package.json', 'README.md', 'swagger-ui.js.map', '..%2f..%2fpackage.json'])
      await about(file, async () => expect((await gateway.send('GET', `/docs/${file}`)).status).toBe(404))
  })
})
