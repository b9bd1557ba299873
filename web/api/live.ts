import type { QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { type Update, updatesPath } from '#contracts/notification.ts'
import { gatewayUrl } from './http.ts'
import { isLong } from './long-lists.ts'
import { currentSession } from './session.ts'

type Listener = (update: Update) => void

const listeners = new Set<Listener>()
const statusListeners = new Set<() => void>()
let isLive = false

/** Each change of an order that the reader may hear of, as it happens, on any page. */
export function onUpdate(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function tellStatus(now: boolean): void {
  isLive = now
  statusListeners.forEach((listener) => listener())
}

/** False while changes are not heard: what is shown may be old. */
export const useIsLive = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      statusListeners.add(listener)
      return () => statusListeners.delete(listener)
    },
    () => isLive,
  )

/** While changes are not heard, what is shown is asked for again. In ms. */
export const untilLive = (): number | false => (isLive ? false : 5_000)

/** Hears changes as long as somebody is signed in. What is on the page is loaded again when some were missed. */
export async function startLive(queries: QueryClient): Promise<() => void> {
  // socket.io is not needed to show the first page.
  const { listenLive } = await import('#clients/live/live.ts')
  const live = listenLive<Update>({
    urls: [gatewayUrl],
    path: updatesPath,
    token: () => {
      const session = currentSession()
      if (!session) throw new Error('nobody is signed in')
      return session.token
    },
    onItem: (update) => {
      void refresh(queries, update)
      listeners.forEach((listener) => listener(update))
    },
    onReady: () => {
      tellStatus(true)
      refreshAll(queries)
    },
    onDisconnect: () => tellStatus(false),
    onGap: () => refreshAll(queries),
    onRefused: () => tellStatus(false),
  })
  return () => {
    live.stop()
    tellStatus(false)
  }
}

/** What an update is about is asked for again; the update itself is a hint, not the truth. */
async function refresh(queries: QueryClient, { orderId, customerId, type }: Update): Promise<void> {
  refreshLists(queries)
  await Promise.all([
    queries.invalidateQueries({ queryKey: ['order', orderId] }),
    type.startsWith('payment.') && queries.invalidateQueries({ queryKey: ['account', customerId] }),
  ])
}

const isShort = ({ state }: { state: { data: unknown } }): boolean => !isLong(state.data)
const refreshAll = (queries: QueryClient): void => void queries.invalidateQueries({ predicate: isShort })

/** In ms. */
const listsAtMostEvery = 400
let listsAreDue = false
let refreshed: Promise<unknown> = Promise.resolve()

/**
 * Lists change with every order: they are asked for again once for all that changed meanwhile, and long ones not at all.
 * One answer is waited for before the next is asked for, so that none is cut off and none is older than the last change.
 */
function refreshLists(queries: QueryClient): void {
  if (listsAreDue) return
  listsAreDue = true
  refreshed = refreshed
    .then(() => new Promise((resolve) => setTimeout(resolve, listsAtMostEvery)))
    .then(() => {
      listsAreDue = false
      return queries.invalidateQueries({ queryKey: ['orders'], predicate: isShort })
    })
}
