import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import express from 'express'
import { createLogger } from '#platform/process/logger.ts'
import { until } from '#platform/testing/fixtures.ts'
import { contextOf, openContext } from './context.ts'
import type { Answer } from './idempotency.ts'
import { send, sendFault } from './send.ts'
import { type HttpServer, serveHttp } from './server.ts'

let server: HttpServer
let logs: { level: string; msg: string; err?: { message: string } }[] = []
afterEach(() => server.stop())

/** A server that answers everything with this. */
async function answering(answer: Answer): Promise<string> {
  logs = []
  const logger = createLogger({
    process: 'test',
    destination: { write: (line) => logs.push(JSON.parse(line)) },
  })
  const app = express()
  app.use(openContext(logger))
  app.use(async (_request, response) => {
    contextOf(response).route = '/all'
    await send(response, answer)
  })
  app.use((fault: unknown, _request: unknown, response: express.Response, _next: unknown) =>
    sendFault(response, fault),
  )
  server = await serveHttp({ app, port: 0 })
  return `http://127.0.0.1:${server.port}`
}

const csv = (stream: AsyncIterable<string>): Answer => ({ status: 200, stream, contentType: 'text/csv' })

async function* failing(pieces: string[]) {
  yield* pieces
  throw new Error('the database went away')
}

describe('an answer', () => {
  it('without a body is its status', async () => {
    const response = await fetch(await answering({ status: 204 }))
    assert.equal(response.status, 204)
    assert.equal(await response.text(), '')
  })

  it('is streamed piece by piece, as fast as the caller reads', async () => {
    let made = 0
    async function* endless() {
      for (; ; made++) yield 'x'.repeat(10_000)
    }
    const url = await answering(csv(endless()))
    const response = await fetch(url)
    assert.equal(response.headers.get('Content-Type'), 'text/csv; charset=utf-8')
    const reader = response.body?.getReader()
    await reader?.read()
    assert.ok(made < 5_000, `${made} pieces were made before they were read`)
    await reader?.cancel()
    const line = await until('the log line', () => logs[0])
    assert.match(line.msg, /abandoned by the caller/)
    assert.equal(line.level, 'info')
  })

  it('to a HEAD is made no further than its first piece', async () => {
    let made = 0
    async function* endless() {
      for (; ; made++) yield 'x'
    }
    const response = await fetch(await answering(csv(endless())), { method: 'HEAD' })
    assert.equal(response.headers.get('Content-Type'), 'text/csv; charset=utf-8')
    assert.equal(made, 0)
  })

  it('that fails before its first piece is a problem', async () => {
    const url = await answering(csv(failing([])))
    const response = await fetch(url)
    assert.equal(response.status, 500)
    assert.match(response.headers.get('Content-Type') ?? '', /^application\/problem\+json/)
  })

  it('that fails on the way is cut off, so that nobody takes it for whole, and the fault is logged', async () => {
    const url = await answering(csv(failing(['orderId,status\n'])))
    const response = await fetch(url)
    assert.equal(response.status, 200)
    await assert.rejects(response.text())
    const line = await until('the log line', () => logs[0])
    assert.equal(line.level, 'error')
    assert.equal(line.err?.message, 'the database went away')
  })
})
