import type { Update } from '#contracts/notification.ts'
import type { NotificationStore } from '../store.ts'

/** Where updates go; `send` resolves when there is room for more. */
export type Outlet = {
  begin(start: { cursor: string; gap: boolean }): void
  send(updates: readonly Update[]): Promise<void>
}

export type Follower = {
  list: string
  /** There may be something new. */
  wake(): void
  stop(): void
}

type Following = {
  store: Pick<NotificationStore, 'startAt' | 'after'>
  /** `keys.updates`, or a customer's. */
  list: string
  since: string | undefined
  outlet: Outlet
  /** Hears why a read failed; the next `wake` reads again. */
  onFault: (error: unknown) => void
}

const PAGE = 200

/** Hands on updates from `since` on: in their order, each once, for as long as it is woken. */
export function follow({ store, list, since, outlet, onFault }: Following): Follower {
  const state = { cursor: undefined as string | undefined, stopped: false, busy: false, woken: false }

  async function readOn(): Promise<void> {
    state.cursor ??= await begin()
    for (let more = true; more && !state.stopped; ) {
      const updates = await store.after(list, state.cursor, PAGE)
      if (state.stopped) return
      state.cursor = updates.at(-1)?.cursor ?? state.cursor
      await outlet.send(updates)
      more = updates.length === PAGE
    }
  }

  async function begin(): Promise<string> {
    const start = await store.startAt(since)
    if (!state.stopped) outlet.begin(start)
    return start.cursor
  }

  async function readWhileWoken(): Promise<void> {
    state.busy = true
    try {
      while (state.woken && !state.stopped) {
        state.woken = false
        await readOn()
      }
    } catch (error) {
      onFault(error)
    } finally {
      state.busy = false
    }
  }

  const wake = () => {
    state.woken = true
    if (!state.busy) void readWhileWoken()
  }
  wake()
  return {
    list,
    wake,
    stop: () => {
      state.stopped = true
    },
  }
}
