import { setTimeout as sleep } from 'node:timers/promises'
import { createOutage } from '../process/outage.ts'
import type { Address } from './address.ts'
import { onOwnConnection } from './connection.ts'

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
    const outage = createOutage({ onBegin: onFault })
    while (!stopping.signal.aborted) {
      const address = current()
      const over = AbortSignal.any([stopping.signal, address.left])
      await session(address, channel, onNotification, over).then(outage.works, outage.failed)
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

function session({ config }: Address, channel: string, onNotification: () => void, over: AbortSignal) {
  return onOwnConnection(config, async (client, lost) => {
    await client.query(`listen ${client.escapeIdentifier(channel)}`)
    client.on('notification', onNotification)
    onNotification()
    await aborted(AbortSignal.any([over, lost]))
  })
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })
