import { io, type Socket } from 'socket.io-client'
import { spreadBackoff } from '#platform/process/backoff.ts'

type Item = { cursor: string }

type LiveOptions<T extends Item> = {
  /** Where to listen; with several, the next one after each failure. */
  urls: readonly string[]
  path: string
  /** Asked before each connect. */
  token: () => string | Promise<string>
  /** The last cursor seen; absent: from now on. */
  since?: string | undefined
  /** What else the server is told, such as whose items are wanted. */
  ask?: Record<string, string | undefined>
  onItem: (item: T) => void
  /** It listens: what is loaded from now on cannot miss anything. Again after each reconnect. */
  onReady?: () => void
  /** It no longer listens, and tries to again: what is shown may be old. */
  onDisconnect?: () => void
  /** Items were missed for good: load again what is shown. */
  onGap?: () => void
  /** There is no place for it now. It comes back after so many seconds, and again until there is one. */
  onFull?: (retryAfter: number) => void
  /** It was refused for good, and has stopped. */
  onRefused?: (code: string) => void
}

export type Live = {
  /** Where to go on another time; undefined before the first connect. */
  cursor(): string | undefined
  stop(): void
}

/** `retryAfter` in seconds: there is no place now. */
type Refusal = { code?: string; retryAfter?: number }

const forGood = ['unauthorized', 'forbidden', 'invalid']
const longestPause = 5_000

/** Hears items by socket.io, each once and in their order, over any number of connections. For browsers too. */
export function listenLive<T extends Item>(options: LiveOptions<T>): Live {
  const { urls, path, token, ask, onItem, onReady, onDisconnect, onGap, onFull, onRefused } = options
  let cursor = options.since
  let socket: Socket | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  let failures = 0
  let tokenRefused = false

  async function connect(): Promise<void> {
    const bearer = await Promise.resolve()
      .then(token)
      .catch(() => undefined)
    if (stopped) return
    if (bearer === undefined) return again()
    const auth = { ...ask, token: bearer, ...(cursor !== undefined && { since: cursor }) }
    const url = urls[failures % urls.length]
    hear(io(url, { path, auth, transports: ['websocket'], forceNew: true, reconnection: false }))
  }

  function hear(opened: Socket): void {
    socket = opened
    opened.on('ready', (start: Item) => {
      failures = 0
      tokenRefused = false
      cursor = start.cursor
      onReady?.()
    })
    opened.on('gap', () => onGap?.())
    opened.on('update', (item: T) => {
      if (cursor !== undefined && !isLater(item.cursor, cursor)) return
      cursor = item.cursor
      onItem(item)
    })
    opened.on('disconnect', () => {
      onDisconnect?.()
      again()
    })
    opened.on('connect_error', (error: Error & { data?: Refusal }) => refused(error.data ?? {}))
  }

  function refused({ code, retryAfter }: Refusal): void {
    if (retryAfter !== undefined) {
      onFull?.(retryAfter)
      // Not before it was asked to, and not together with all others.
      return again(retryAfter * 1_000 * (1 + Math.random() / 2))
    }
    // A token may have expired on the way: a second one is given a chance.
    const final = code !== undefined && forGood.includes(code) && (code !== 'unauthorized' || tokenRefused)
    if (code === 'unauthorized') tokenRefused = true
    if (!final) return again()
    stop()
    onRefused?.(code)
  }

  function again(asked?: number): void {
    hangUp()
    if (stopped) return
    failures++
    const pause = asked ?? spreadBackoff(failures, { first: 100, longest: longestPause })
    clearTimeout(timer)
    timer = setTimeout(connect, pause)
  }

  function stop(): void {
    stopped = true
    clearTimeout(timer)
    hangUp()
  }

  function hangUp(): void {
    socket?.off()
    socket?.disconnect()
    socket = undefined
  }

  void connect()
  return { cursor: () => cursor, stop }
}

/** Cursors are `<time>-<number>`. */
function isLater(one: string, other: string): boolean {
  const [time = 0, number = 0] = one.split('-').map(Number)
  const [otherTime = 0, otherNumber = 0] = other.split('-').map(Number)
  return time === otherTime ? number > otherNumber : time > otherTime
}
