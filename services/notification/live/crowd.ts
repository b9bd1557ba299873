import type { IncomingMessage } from 'node:http'
import type { Socket } from 'socket.io'
import { addressOf } from './address.ts'
import type { LiveLimits } from './limits.ts'

export type Connection = Socket['conn']

/** Whoever has not said who they are yet, or was refused, is in the way for a while: so many more than may have a place. */
const inTheWay = 2

/** In ms: what is written may still go out. */
const LAST_WORDS = 1_000

/** All connections of this instance before anybody has signed in: what is too much is not even taken. */
export function createCrowd({ address: most, all, packets }: LiveLimits) {
  const from = new Map<string, number>()
  let count = 0
  const add = (address: string, change: 1 | -1) => {
    count += change
    const now = (from.get(address) ?? 0) + change
    if (now > 0) from.set(address, now)
    else from.delete(address)
  }
  return {
    admits: (request: IncomingMessage): boolean =>
      count < all * inTheWay && (from.get(addressOf(request)) ?? 0) < most * inTheWay,
    enter(connection: Connection): void {
      const { request } = connection
      const address = addressOf(request)
      add(address, 1)
      connection.once('close', () => {
        add(address, -1)
        // Who does not answer a WebSocket's goodbye would hold the connection for half a minute.
        setTimeout(() => request.socket.destroy(), LAST_WORDS).unref()
      })
      cutWhenNoisy(connection, packets)
    },
    isFull: (): boolean => count > all,
  }
}

function cutWhenNoisy(connection: Connection, { most, per }: LiveLimits['packets']): void {
  let count = 0
  let since = Date.now()
  connection.on('packet', () => {
    if (Date.now() - since > per) [count, since] = [0, Date.now()]
    if (++count > most) connection.close(true)
  })
}
