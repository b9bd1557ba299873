import { lookup } from 'node:dns/promises'
import { Agent, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { proxyUpgrade } from 'httpxy'
import { updatesPath } from '#contracts/notification.ts'
import { type Logger, reasonOf } from '#platform/process/logger.ts'
import { problemBody, type Refusal, refuse } from './problems.ts'
import type { Upgrades } from './server.ts'

type ProxyOptions = {
  /** The instances of the notification service, by turns; the next one when one is down. A name may stand for several. */
  urls: readonly string[]
  logger: Logger
  /** In ms: for an instance to take the connection, and then to answer. */
  patience?: number
  /** Whose connection it is, behind the proxies that are believed. */
  addressOf?: (request: IncomingMessage) => string
  /**
   * How many connections there may be, and from one address. Above what the instances allow: those refuse in words that
   * every client understands, and this only wards off what would not listen.
   */
  limits?: { all: number; address: number }
}

const usualLimits = { all: 20_000, address: 500 }

/** In ms: what is written may still go out before a socket is cut off. */
const LAST_WORDS = 2_000

/**
 * Live updates, passed through to whoever sends them. WebSocket alone: a connection stays with one instance by itself, where
 * polling would need every request to come to the same one. Who may hear what, the instance decides from the handshake.
 */
export function createUpdatesProxy(given: ProxyOptions): Upgrades {
  const { urls, logger, patience = 5_000, addressOf = peerOf, limits = usualLimits } = given
  /** With where they come from. */
  const open = new Map<Duplex, string>()
  const away = new Set<string>()
  let turn = 0
  let stopped = false

  async function pass(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const instance = await reach(client)
    if (!instance) return
    tie(client, instance.socket)
    const agent = handingOut(instance.socket)
    await proxyUpgrade(instance.url, request, client, head, { agent, upgradeTimeout: patience, xfwd: false })
  }

  /** A connection to the next instance that takes it. Undefined: the client is told, or has gone. */
  async function reach(client: Duplex): Promise<{ url: string; socket: Socket } | undefined> {
    for (const instance of await byTurns()) {
      const socket = await unlessAway(instance.at, () => connected(instance, patience))
      if (!socket) continue
      if (!client.destroyed && !stopped) return { url: instance.url, socket }
      socket.destroy()
      return undefined
    }
    answer(client, 'HTTP/1.1 503 Service Unavailable', nobodyThere)
    return undefined
  }

  function refusalFor(address: string): Refusal | undefined {
    if (open.size >= limits.all) return tooMany
    const theirs = [...open.values()].filter((one) => one === address).length
    return theirs >= limits.address ? tooManyOfYours : undefined
  }

  async function byTurns(): Promise<Instance[]> {
    const named = await Promise.all(urls.map((url) => unlessAway(url, () => instancesOf(url))))
    const all = named.flatMap((instances) => instances ?? [])
    turn = (turn + 1) % Math.max(all.length, 1)
    return [...all.slice(turn), ...all.slice(0, turn)]
  }

  /** Says so once, until it is back. */
  async function unlessAway<T>(where: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await ask()
      away.delete(where)
      return answer
    } catch (error) {
      if (!away.has(where)) logger.warn(`live updates: ${where} cannot be reached: ${reasonOf(error)}`)
      away.add(where)
      return undefined
    }
  }

  return {
    takes: ({ method, headers, url = '' }) =>
      method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && isUpdates(url),

    take(request, client, head) {
      // From here on nobody else listens to the socket, and an error that nobody hears ends the process.
      client.on('error', () => {})
      if (stopped) return void client.destroy()
      const address = addressOf(request)
      const refused = refusalFor(address)
      if (refused) return answer(client, 'HTTP/1.1 429 Too Many Requests', refused)
      open.set(client, address)
      client.once('close', () => open.delete(client))
      // The instances count by address, too; what the client says of itself is not passed on.
      request.headers['x-forwarded-for'] = address
      pass(request, client, head).catch((error) => {
        logger.warn(`live updates: a connection failed: ${reasonOf(error)}`)
        // What the instance answered instead may still be on its way to the client.
        cutLater(client)
      })
    },

    stop() {
      stopped = true
      for (const client of open.keys()) endSoon(client)
    },
  }
}

const isUpdates = (url: string) => /^[^?]*/.exec(url)?.[0].replace(/\/$/, '') === updatesPath

type Instance = { url: string; host: string; port: number; at: string }

/** All that a name stands for, each at its place, however the name service shuffles them. */
async function instancesOf(url: string): Promise<Instance[]> {
  const { hostname, port } = new URL(url)
  const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true })
  return addresses
    .map(({ address }) => address)
    .sort()
    .map((host) => ({ url, host, port: Number(port || 80), at: `${host}:${port || 80}` }))
}

function connected({ host, port }: Instance, patience: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const late = setTimeout(() => socket.destroy(new Error(`not connected within ${patience} ms`)), patience)
    // Stays, like the client's: the proxy's own listeners come and go.
    socket.on('error', reject)
    socket.once('close', () => clearTimeout(late))
    socket.once('connect', () => {
      clearTimeout(late)
      resolve(socket)
    })
  })
}

/** Makes httpxy use this connection. Its own would end the client's when it fails, and so leave no second try. */
function handingOut(socket: Socket): Agent {
  const agent = new Agent()
  agent.createConnection = () => socket
  return agent
}

/** When one side is gone, so is the other; a pipe alone leaves the reading side open. */
function tie(client: Duplex, instance: Socket): void {
  client.once('close', () => instance.destroy())
  instance.once('close', () => endSoon(client))
  if (client.destroyed) instance.destroy()
}

/** Lets go out what is written. */
function endSoon(socket: Duplex): void {
  cutLater(socket)
  if (socket.writableFinished) socket.destroy()
  else socket.once('finish', () => socket.destroy())
  if (!socket.writableEnded) socket.end()
}

function cutLater(socket: Duplex): void {
  if (socket.destroyed) return
  const cut = setTimeout(() => socket.destroy(), LAST_WORDS)
  socket.once('close', () => clearTimeout(cut))
}

const peerOf = ({ socket }: IncomingMessage) => socket.remoteAddress ?? 'unknown'

const nobodyThere = refuse('unavailable', 'Live updates are unavailable. Try again soon.', {
  headers: { 'Retry-After': '2' },
})
const tooManyOfYours = refuse(
  'too-many-requests',
  'Too many live connections from your address. Close one.',
  {
    headers: { 'Retry-After': '30' },
  },
)
const tooMany = refuse('too-many-requests', 'Too many live connections. Try again later.', {
  headers: { 'Retry-After': '30' },
})

function answer(client: Duplex, status: string, refusal: Refusal): void {
  const body = JSON.stringify(problemBody(refusal, ''))
  const headers = Object.entries({ ...refusal.headers, Connection: 'close' })
  const lines = [
    status,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ]
  client.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
  endSoon(client)
}
