import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Express } from 'express'
import { refuseMalformed } from './malformed.ts'

export type HttpServer = { port: number; stop(): Promise<void> }

/** Who takes a connection over when a request asks to speak something else on it. */
export type Upgrades = {
  takes(request: IncomingMessage): boolean
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes what it has taken, and takes no more. */
  stop(): void
}

type ServerOptions = {
  app: Express
  port: number
  host?: string
  upgrades?: Upgrades
}

/** In ms: requests in hand may end, then their connections are cut. */
const DRAIN_WITHIN = 11_000

/** Listens; port 0 lets the system choose. `stop` takes no new requests and lets those in hand finish. */
export async function serveHttp({
  app,
  port,
  host = '127.0.0.1',
  upgrades,
}: ServerOptions): Promise<HttpServer> {
  // Other upgrades, such as to h2c, are offers: those requests are answered as they are.
  const shouldUpgradeCallback = (request: IncomingMessage) => upgrades?.takes(request) ?? false
  const server = createServer({ shouldUpgradeCallback }, app)
  server.on('clientError', (error, socket) => refuseMalformed(error, socket as Socket))
  if (upgrades) server.on('upgrade', upgrades.take)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  return { port: (server.address() as AddressInfo).port, stop: () => stop(server, upgrades) }
}

async function stop(server: Server, upgrades: Upgrades | undefined): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // The server no longer knows the connections that were taken over, and yet waits for them.
  upgrades?.stop()
  // close() spares a connection whose request is in hand, and keep-alive would hold it open afterwards.
  const idle = setInterval(() => server.closeIdleConnections(), 100)
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_WITHIN)
  await closed
  clearInterval(idle)
  clearTimeout(cut)
}
