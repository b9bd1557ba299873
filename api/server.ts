import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Express } from 'express'

export type HttpServer = { port: number; stop(): Promise<void> }

/** In ms: requests in hand may end, then their connections are cut. */
const DRAIN_WITHIN = 11_000

/** Listens; port 0 lets the system choose. `stop` takes no new requests and lets those in hand finish. */
export async function serveHttp(options: { app: Express; port: number; host?: string }): Promise<HttpServer> {
  const { app, port, host = '127.0.0.1' } = options
  const server = createServer(app)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  return { port: (server.address() as AddressInfo).port, stop: () => stop(server) }
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // close() spares a connection whose request is in hand, and keep-alive would hold it open afterwards.
  const idle = setInterval(() => server.closeIdleConnections(), 100)
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_WITHIN)
  await closed
  clearInterval(idle)
  clearTimeout(cut)
}
