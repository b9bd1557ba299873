import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { about } from '#platform/testing/expect.ts'
import { startTestGateway, type TestGateway } from '../testing/fixtures.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const post = (raw: string, path = '/v1/orders') => gateway.send('POST', path, { raw })

describe('a body', () => {
  it('that is JSON and no object is told that an object is expected, at every route', async () => {
    const taking = gateway.routes.filter(({ body }) => body)
    expect(taking.length).toBeGreaterThan(15)
    for (const { method, path } of taking) {
      const address = path
        .replace('{source}', 'web')
        .replaceAll(/\{\w+\}/g, '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f')
        .replace(/returns\/[^/]+/, 'returns/1')
      for (const raw of ['null', '5', '"x"', 'true', '[]']) {
        const { status, body } = await gateway.send(method.toUpperCase(), address, { raw })
        about(`${method} ${path} ${raw}`, () =>
          expect([status, body.type, body.detail]).toStrictEqual([
            422,
            '/problems/invalid-body',
            'body: must be an object',
          ]),
        )
        expect(body.errors).toStrictEqual([{ path: '', message: 'must be an object' }])
      }
    }
  })

  it('is called no JSON when it is none, and only then', async () => {
    for (const raw of ['{', '{"a":1,}', 'undefined', '{"a" 1}', "{'a':1}"]) {
      const { status, body } = await post(raw)
      about(raw, () => expect([status, body.type]).toStrictEqual([400, '/problems/unreadable-request']))
      about(raw, () => expect(String(body.detail)).toMatch(/^The body is not JSON: /))
    }
  })

  it('may not be nested so deep that nobody could look at it', async () => {
    const inField = (levels: number) => `{"customerId":"1","lines":${nested(levels)}}`
    for (const raw of [
      nested(20_000),
      inField(20_000),
      nested(130_000),
      inField(33),
      `{"a":`.repeat(20_000) + '1' + '}'.repeat(20_000),
    ]) {
      const { status, body } = await post(raw)
      expect([status, body.detail]).toStrictEqual([422, 'body: must not be nested more than 32 levels deep'])
    }
    expect((await post(inField(20))).body.detail).toBe('lines[0]: must be an object')
    const redrive = `{"ids":["pre_orders/0/0"],"replacement":{"type":"PreOrder","content":{"a":${nested(20_000)}}}}`
    expect((await post(redrive, '/v1/dead-letters/redrive')).status).toBe(422)
  })

  it('may name no field that only looks like one', async () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      for (const path of ['/v1/orders', '/gateway/orders']) {
        const { status, body } = await post(`{"${name}":1,"lines":[{"productId":"a","quantity":1}]}`, path)
        const errors = body.errors as { path: string; message: string }[]
        about(`${path} ${name}`, () =>
          expect([status, errors.map((error) => error.path)]).toStrictEqual([422, [name]]),
        )
      }
    }
  })

  it('that is too large is told what it may have', async () => {
    const large = JSON.stringify({ customers: 'x'.repeat(3_000_000) })
    const order = await post(large)
    expect([order.status, order.body.detail]).toStrictEqual([413, 'The body may have at most 256 kB.'])
    const customers = await gateway.send('PUT', '/v1/customers', { raw: large })
    expect([customers.status, customers.body.detail]).toStrictEqual([
      413,
      'The body may have at most 2048 kB.',
    ])
  })

  it('is of UTF-8, in a form and a charset that can be read', async () => {
    const send = async (body: string | Buffer<ArrayBuffer>, headers: Record<string, string>) => {
      const answer = await fetch(`${gateway.url}/v1/auth/token`, { method: 'POST', body, headers })
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json; charset=utf-8')
      const { detail } = (await answer.json()) as { detail: string }
      return `${answer.status} ${detail}`
    }
    const json = 'application/json'
    const latin1 = Buffer.from('{"userName":"caf\xe9"}', 'latin1')
    expect(await send(latin1, { 'Content-Type': json })).toBe('400 The body is not UTF-8.')
    expect(await send('{}', { 'Content-Type': `${json}; charset=us-ascii` })).toBe(
      '415 Send the body as UTF-8, with no other charset.',
    )
    expect(await send('{}', { 'Content-Type': json, 'Content-Encoding': 'zip' })).toBe(
      '415 Send the body as it is, or with Content-Encoding: gzip, deflate or br.',
    )
    for (const encoding of ['gzip', 'br', 'deflate'])
      expect(await send('not compressed', { 'Content-Type': json, 'Content-Encoding': encoding })).toBe(
        '400 The body is not compressed as its Content-Encoding says.',
      )
    expect(await send('{}', { 'Content-Type': 'text/plain' })).toBe(
      '415 Send the body with Content-Type: application/json.',
    )
  })
})
