import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf } from '#platform/logger.ts'
import type { Child } from './children.ts'
import { Trouble } from './say.ts'

/** So often in a row a program is started again; one that has run for a while begins to count anew. */
const MOST = 3
const A_WHILE = 60_000

type Options = {
  /** Starts it once more, and resolves when it can be used. */
  again: () => Promise<Child>
  tell: (line: string) => void
  /** Hears why when it is not started again. */
  giveUp: (reason: Trouble) => void
  /** Whether a death may be mended: one that dies before everything has come up has nothing to go on with. */
  mayRestart?: () => boolean
  /** The first pause, in ms; each next one is twice as long. */
  pause?: number
}

export type Supervised = { name: string; stop: Child['stop'] }

/** Starts a program again when it dies. */
export function supervise(
  first: Child,
  { again, tell, giveUp, mayRestart = () => true, pause = 1_000 }: Options,
): Supervised {
  const stopping = new AbortController()
  let child = first
  const watching = watch()

  async function watch(): Promise<void> {
    for (let deaths = 1; ; deaths++) {
      const startedAt = Date.now()
      const how = await child.exited
      if (stopping.signal.aborted) return
      if (Date.now() - startedAt > A_WHILE) deaths = 1
      if (!mayRestart() || deaths > MOST) return giveUp(await deathOf(child, how))
      const wait = pause * 2 ** (deaths - 1)
      tell(
        `${child.name} died (${how}): starting it again in ${wait / 1000} s. Its log is kept: ${child.log.keptAs}`,
      )
      await sleep(wait, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      try {
        child = await again()
      } catch (error) {
        if (!stopping.signal.aborted) giveUp(new Trouble(reasonOf(error), { cause: error }))
        return
      }
      tell(`${child.name} runs again`)
      if (stopping.signal.aborted) return child.stop()
    }
  }

  return {
    name: first.name,
    stop: async (options) => {
      stopping.abort()
      await child.stop(options)
      await watching
    },
  }
}

export const deathOf = async (child: Child, how: string) =>
  new Trouble(`${child.name} died (${how}). Its log, ${child.log.path}, ends with:\n${await child.logTail()}`)
