import { createServer, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Code, ConnectError, type ConnectRouter, type Interceptor, type Transport } from '@connectrpc/connect'
import { connectNodeAdapter, createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { type Logger, reasonOf } from '../process/logger.ts'
import { answerHealth, type Probe, watchReadiness } from '../process/readiness.ts'
import type { Shard } from '../shards/asking.ts'
import { ShardUnavailable } from '../shards/gate.ts'
import { processRoutes } from './process.ts'

type RpcServerOptions = {
  /** 0 lets the system choose. */
  port: number
  host?: string
  routes: (router: ConnectRouter) => void
  /** What GET /ready asks; /health and /ready are answered on the same port. */
  probes?: () => readonly Probe[]
  /** What the process keeps its data in, for whoever asks how it is. */
  shards?: { all(): readonly Shard[] }
  logger: Logger
}

export type RpcServer = { port: number; stop(): Promise<void> }

const CALLS_MAY_TAKE = 5_000

/**
 * Serves gRPC (and Connect) on cleartext HTTP/2. A thrown ConnectError is the answer; anything else is Internal.
 * A call's `signal` aborts when the server stops: whoever answers with an endless stream ends it then.
 */
export async function serveRpc({
  port,
  host = '127.0.0.1',
  routes,
  probes = () => [],
  shards,
  logger,
}: RpcServerOptions): Promise<RpcServer> {
  const stopping = new AbortController()
  const interceptors = [hideFaults(logger)]
  const readiness = watchReadiness(probes)
  const fallback = answerHealth(readiness)
  const all = (router: ConnectRouter) => {
    routes(router)
    processRoutes({ readiness, shards })(router)
  }
  const server = createServer(
    connectNodeAdapter({ routes: all, interceptors, fallback, shutdownSignal: stopping.signal }),
  )
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      // A stream that lasts for as long as it may ends here.
      stopping.abort()
      // close() lets the calls in hand finish; whoever then still holds a session loses it.
      for (const session of sessions) session.close()
      const cut = setTimeout(() => sessions.forEach((session) => session.destroy()), CALLS_MAY_TAKE)
      await closed
      clearTimeout(cut)
    },
  }
}

function hideFaults(logger: Logger): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request)
    } catch (error) {
      if (error instanceof ConnectError) throw error
      if (error instanceof ShardUnavailable)
        throw new ConnectError(`${error.shard} is unavailable`, Code.Unavailable)
      logger.error({ err: error, method: request.method.name }, `call failed: ${reasonOf(error)}`)
      throw new ConnectError('internal error', Code.Internal)
    }
  }
}

const connections = new Map<string, { transport: Transport; sessions: Http2SessionManager }>()

/** The gRPC transport to a server, one per address. Connects when first called; a call may take 5 s, or its `timeoutMs`: 0 for ever. */
export function rpcTransport(baseUrl: string): Transport {
  const known = connections.get(baseUrl)
  if (known) return known.transport
  const sessions = new Http2SessionManager(baseUrl, {
    idleConnectionTimeoutMs: 60_000,
    // A stream would never hear that its server is gone without a word.
    pingIntervalMs: 10_000,
    pingTimeoutMs: 3_000,
  })
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager: sessions,
    defaultTimeoutMs: CALLS_MAY_TAKE,
  })
  connections.set(baseUrl, { transport, sessions })
  return transport
}

/** Closes all connections of `rpcTransport`; an open one would keep a process from ending by itself. */
export function closeRpcTransports(): void {
  for (const { sessions } of connections.values()) sessions.abort()
  connections.clear()
}
