import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { Server, type Socket } from 'socket.io'
import {
  type Update,
  type UpdatesRefusal,
  type UpdatesToClient,
  updatesPath,
} from '#contracts/notification.ts'
import { eventFor } from '#contracts/views.ts'
import { type Logger, reasonOf } from '#platform/process/logger.ts'
import type { Redis } from '#platform/redis/redis.ts'
import { keys } from '../data/redis-keys.ts'
import type { NotificationStore } from '../store.ts'
import { addressOf } from './address.ts'
import { createCrowd } from './crowd.ts'
import { type Follower, follow, type Outlet } from './follower.ts'
import { type Admitted, admit, type LiveClaims, type VerifyToken } from './handshake.ts'
import { type LiveLimits, usualLimits } from './limits.ts'
import { createSeats, type Seats } from './seats.ts'
import { sharingReads } from './shared-reads.ts'
import { listen } from './wakes.ts'

type Nothing = Record<string, never>
type Data = { admitted: Admitted }
type UpdateServer = Server<Nothing, UpdatesToClient, Nothing, Data>
type UpdateSocket = Socket<Nothing, UpdatesToClient, Nothing, Data>

type Dependencies = {
  server: HttpServer
  store: NotificationStore
  redis: Redis
  verify: VerifyToken
  /** Whether a token that was good when its client came is so no longer; asked every `lookEvery` ms. */
  isRevoked?: (claims: LiveClaims) => boolean
  lookEvery?: number
  clock: () => Date
  logger: Logger
  limits?: LiveLimits
  /** How often everybody reads even if nobody woke them, in ms: the net under the wakes. */
  readEvery?: number
}

const longestTimer = 2 ** 31 - 1

/** Live updates on an HTTP server. `stop` tells every client to go elsewhere, and closes the HTTP server. */
export function serveUpdates(given: Dependencies): { stop(): Promise<void> } {
  const { server, store, redis, verify, clock, logger, limits = usualLimits, readEvery = 10_000 } = given
  const { isRevoked = () => false, lookEvery = 2_000 } = given
  const crowd = createCrowd(limits)
  const io: UpdateServer = new Server(server, {
    ...optionsFor(limits),
    allowRequest: (request, answer) => answer(null, crowd.admits(request)),
  })
  const seats = createSeats({ client: redis.client, limits })
  io.engine.on('connection', crowd.enter)
  const reads = sharingReads(store)
  const followers = new Set<Follower>()
  const wake = (...lists: string[]) => {
    for (const follower of followers) if (lists.includes(follower.list)) follower.wake()
  }
  const wakeAll = () => followers.forEach((follower) => follower.wake())
  const wakes = listen({
    redis,
    channel: keys.wake,
    onMessage: (customerId) => wake(keys.updatesOf(customerId), keys.updates),
    onUp: wakeAll,
  })
  // The connection that reads may be back later than the one that listens.
  redis.client.on('ready', wakeAll)
  const slowly = setInterval(wakeAll, readEvery)
  const looking = setInterval(() => {
    for (const socket of io.sockets.sockets.values())
      if (isRevoked(socket.data.admitted.claims)) close(socket, 'expired')
  }, lookEvery)

  io.use(async (socket, next) => {
    const admitted = await admit(socket.handshake.auth, verify, (error) =>
      logger.warn(`could not verify the token: ${reasonOf(error)}`),
    )
    if ('code' in admitted) return next(refusal(admitted))
    socket.data.admitted = admitted
    const full: UpdatesRefusal = { code: 'too_many', retryAfter: limits.retryAfter }
    if (crowd.isFull() || !(await hasSeat(socket, seats))) return next(refusal(full))
    next()
  })

  io.on('connection', (socket) => {
    const { list, since, expiresAt } = socket.data.admitted
    const onFault = (error: unknown) => {
      if (redis.isUp()) logger.warn(`updates could not be read: ${reasonOf(error)}`)
    }
    const follower = follow({ store: reads, list, since, outlet: outletOf(socket), onFault })
    followers.add(follower)
    const expiry = setTimeout(
      () => close(socket, 'expired'),
      Math.min(expiresAt - clock().getTime(), longestTimer),
    )
    socket.on('disconnect', () => {
      clearTimeout(expiry)
      follower.stop()
      followers.delete(follower)
    })
  })

  return {
    stop: async () => {
      clearInterval(slowly)
      clearInterval(looking)
      redis.client.off('ready', wakeAll)
      for (const socket of io.sockets.sockets.values()) close(socket, 'stopping')
      await io.close()
      seats.stop()
      await wakes.stop()
    },
  }
}

const optionsFor = ({ signInWithin }: LiveLimits) => ({
  path: updatesPath,
  transports: ['websocket' as const],
  serveClient: false,
  // Clients have nothing to say after the handshake.
  maxHttpBufferSize: 16_384,
  connectTimeout: signInWithin,
  pingInterval: 10_000,
  pingTimeout: 10_000,
})

/** The place is free again when the connection is gone, and it may go while it is asked for. */
async function hasSeat(
  { id: connection, conn, request, data }: UpdateSocket,
  seats: Seats,
): Promise<boolean> {
  const { role, id } = data.admitted
  const leave = () => seats.leave(connection)
  conn.once('close', leave)
  const seated = await seats.take({ role, id, address: addressOf(request) }, connection)
  if (conn.readyState !== 'open') leave()
  return seated
}

function outletOf(socket: UpdateSocket): Outlet {
  const { role, orderId } = socket.data.admitted
  const wanted = ({ orderId: of }: Update) => orderId === undefined || of === orderId
  return {
    begin({ cursor, gap }) {
      socket.emit('ready', { cursor })
      if (gap) socket.emit('gap', { cursor })
    },
    async send(updates) {
      for (const update of updates.filter(wanted))
        socket.emit('update', { ...eventFor(role, update), cursor: update.cursor })
      await drained(socket)
    },
  }
}

/** What a slow client has not taken yet stays in Redis, not in our memory. */
async function drained({ conn }: UpdateSocket): Promise<void> {
  // The connection's own `drain` comes when it hands over what it has, not when that is written.
  while (conn.readyState === 'open' && !conn.transport.writable) {
    const over = new AbortController()
    const { signal } = over
    const closed = once(conn, 'close', { signal })
    // A transport that breaks closes the connection.
    await Promise.race([once(conn.transport, 'ready', { signal }), closed]).catch(() => {})
    over.abort()
  }
}

function close(socket: UpdateSocket, reason: 'expired' | 'stopping'): void {
  socket.emit('closed', { reason })
  socket.disconnect(true)
}

const refusal = (data: UpdatesRefusal) => Object.assign(new Error(data.code), { data })
