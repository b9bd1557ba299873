import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf } from '#platform/process/logger.ts'
import { UserError } from '../say.ts'
import type { Child } from './children.ts'

/** So often in a row a program is started again; one that has run for a while begins to count anew. */
const MOST = 3
const A_WHILE = 60_000

type Options = {
  /** Starts it once more, and resolves when it can be used. */
  again: () => Promise<Child>
  tell: (line: string) => void
  /** Hears why when it is not started again. */
  giveUp: (reason: UserError) => void
  /** Whether a death may be mended: one that dies before everything has come up has nothing to go on with. */
  mayRestart?: () => boolean
  /** The first pause, in ms; each next one is twice as long. */
  pause?: number
}

export type Supervised = {
  name: string
  stop: Child['stop']
  /** Stops it now, and starts it again after so many ms. False: it is down already. */
  restFor(ms: number): boolean
}

/** Starts a program again when it dies. */
export function supervise(
  first: Child,
  { again, tell, giveUp, mayRestart = () => true, pause = 1_000 }: Options,
): Supervised {
  const stopping = new AbortController()
  let child = first
  /** How long it is to be down, while it is; in ms. */
  let resting: number | undefined
  const watching = watch()

  async function watch(): Promise<void> {
    for (let deaths = 0; ; ) {
      const startedAt = Date.now()
      const how = await child.exited
      if (stopping.signal.aborted) return
      if (Date.now() - startedAt > A_WHILE) deaths = 0
      const nextDeath = () => ++deaths
      const next =
        resting === undefined
          ? await startAgain(`died (${how})`, await deathOf(child, how), nextDeath)
          : await startAfter(resting, nextDeath)
      resting = undefined
      if (!next) return
      child = next
      if (stopping.signal.aborted) return child.stop()
      tell(`${child.name} runs again`)
    }
  }

  /** Undefined when it was given up, or is not wanted any more. A start that fails is a death, too. */
  async function startAgain(
    what: string,
    fault: UserError,
    nextDeath: () => number,
  ): Promise<Child | undefined> {
    const deaths = nextDeath()
    if (!mayRestart() || deaths > MOST) {
      giveUp(fault)
      return undefined
    }
    const wait = pause * 2 ** (deaths - 1)
    const { name, log } = child
    tell(`${name} ${what}: restarting in ${wait / 1000} s. Its log is kept: ${log.keptAs}`)
    return startAfter(wait, nextDeath)
  }

  async function startAfter(wait: number, nextDeath: () => number): Promise<Child | undefined> {
    await sleep(wait, undefined, { signal: stopping.signal }).catch(() => {})
    if (stopping.signal.aborted) return undefined
    try {
      return await again()
    } catch (error) {
      if (stopping.signal.aborted) return undefined
      const why = new UserError(error instanceof Error ? error.message : String(error), { cause: error })
      return startAgain(`did not start (${reasonOf(error)})`, why, nextDeath)
    }
  }

  return {
    name: first.name,
    restFor: (ms) => {
      if (resting !== undefined || !child.alive()) return false
      resting = ms
      tell(`${child.name} is stopped for ${ms / 1000} s`)
      void child.stop()
      return true
    },
    stop: async (options) => {
      stopping.abort()
      await child.stop(options)
      await watching
    },
  }
}

export const deathOf = async (child: Child, how: string) =>
  new UserError(
    `${child.name} died (${how}). Its log, ${child.log.path}, ends with:\n${await child.logTail()}`,
  )
