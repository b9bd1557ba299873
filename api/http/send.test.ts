import { afterEach, describe, expect, it } from '@jest/globals'
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
    expect(response.status).toBe(204)
    expect(await response.text()).toBe('')
  })

  it('is streamed piece by piece, as fast as the caller reads', async () => {
    let made = 0
    async function* endless() {
      for (; ; made++) yield 'x'.repeat(10_000)
    }
    const url = await answering(csv(endless()))
    const response = await fetch(url)
    expect(response.headers.get('Content-Type')).toBe('text/csv; charset=utf-8')
    const reader = response.body?.getReader()
    await reader?.read()
    expect(made).toBeLessThan(5_000)
    await reader?.cancel()
    const line = await until('the log line', () => logs[0])
    expect(line.msg).toMatch(/abandoned by the caller/)
    expect(line.level).toBe('info')
  })

  it('to a HEAD is made no further than its first piece', async () => {
    let made = 0
    async function* endless() {
      for (; ; made++) yield 'x'
    }
    const response = await fetch(await answering(csv(endless())), { method: 'HEAD' })
    expect(response.headers.get('Content-Type')).toBe('text/csv; charset=utf-8')
    expect(made).toBe(0)
  })

  it('that fails before its first piece is a problem', async () => {
    const url = await answering(csv(failing([])))
    const response = await fetch(url)
    expect(response.status).toBe(500)
    expect(response.headers.get('Content-Type') ?? '').toMatch(/^application\/problem\+json/)
  })

  it('that fails on the way is cut off, so that nobody takes it for whole, and the fault is logged', async () => {
    const url = await answering(csv(failing(['orderId,status\n'])))
    const response = await fetch(url)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
    const line = await until('the log line', () => logs[0])
    expect(line.level).toBe('error')
    expect(line.err?.message).toBe('the database went away')
  })
})
