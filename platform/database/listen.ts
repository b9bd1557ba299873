import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Address } from './address.ts'

export type Listener = { stop(): Promise<void> }

export type ListenOptions = {
  onNotification: () => void
  /** Hears why it could not listen, once until it can again. */
  onFault: (error: unknown) => void
}

/** Listens on a connection of its own, always at the current address. */
export function listenAt(
  current: () => Address,
  channel: string,
  { onNotification, onFault }: ListenOptions,
): Listener {
  const stopping = new AbortController()
  const listening = (async () => {
    let failing = false
    while (!stopping.signal.aborted) {
      const address = current()
      const over = AbortSignal.any([stopping.signal, address.left])
      await session(address, channel, onNotification, over).then(
        () => (failing = false),
        (error: unknown) => {
          if (!failing) onFault(error)
          failing = true
        },
      )
      await sleep(1_000, undefined, { signal: over }).catch(() => {})
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await listening
    },
  }
}

async function session({ config }: Address, channel: string, onNotification: () => void, over: AbortSignal) {
  const client = new Client(config)
  const lost = new Promise<void>((resolve) => client.on('error', () => resolve()).on('end', () => resolve()))
  const told = new Promise<void>((resolve) => over.addEventListener('abort', () => resolve()))
  try {
    await client.connect()
    await client.query(`listen ${client.escapeIdentifier(channel)}`)
    client.on('notification', onNotification)
    onNotification()
    if (!over.aborted) await Promise.race([lost, told])
  } finally {
    await client.end().catch(() => {})
  }
}
