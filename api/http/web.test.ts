import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestGateway, type TestGateway } from '#api/testing/fixtures.ts'

const script = 'console.log("order-saga")'

describe('the web application', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-saga-web-'))
  let gateway: TestGateway
  beforeAll(async () => {
    mkdirSync(join(folder, 'assets'))
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>order-saga</title>')
    writeFileSync(join(folder, 'assets/index-1a2b.js'), script)
    writeFileSync(join(folder, 'assets/index-1a2b.js.br'), brotliCompressSync(script))
    gateway = await startTestGateway({ webFolder: folder })
  })
  afterAll(async () => {
    await gateway.stop()
    rmSync(folder, { recursive: true })
  })
  const open = (path: string, headers: Record<string, string> = {}) =>
    fetch(gateway.url + path, { headers: { accept: 'text/html', ...headers } })

  it('is the same page at each of its addresses, asked for anew each time, without inline script', async () => {
    for (const path of ['/', '/shop', '/shop/orders/1', '/console', '/console/orders?status=paid']) {
      const answer = await open(path)
      expect([path, answer.status, answer.headers.get('cache-control')]).toStrictEqual([
        path,
        200,
        'no-cache',
      ])
      expect(await answer.text()).toMatch(/<title>order-saga/)
      expect(answer.headers.get('content-security-policy')).toMatch(/script-src 'self';/)
    }
  })

  it('keeps an asset for ever, for its name says what is in it, and sends it compressed', async () => {
    const answer = await open('/assets/index-1a2b.js', { 'accept-encoding': 'br' })
    expect([answer.status, answer.headers.get('content-encoding')]).toStrictEqual([200, 'br'])
    expect(answer.headers.get('cache-control')).toMatch(/max-age=31536000.*immutable/)
    expect(await answer.text()).toBe(script)
  })

  it('takes no address of the API, nor one that is nobody’s', async () => {
    expect((await open('/assets/gone.js')).status).toBe(404)
    expect((await open('/shopping')).status).toBe(404)
    expect((await open('/shop', { accept: 'application/json' })).status).toBe(404)
    expect((await fetch(`${gateway.url}/shop`, { method: 'POST' })).status).toBe(405)
    expect((await open('/health')).status).toBe(200)
  })
})
