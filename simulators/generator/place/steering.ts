import { setTimeout as sleep } from 'node:timers/promises'
import type { Rest } from '#clients/rest/rest.ts'
import type { OrderSource } from '#contracts/order.ts'
import { GeneratorPart, type GeneratorSettings } from '#contracts/rest/demo.ts'
import { type Logger, reasonOf } from '#platform/process/logger.ts'
import { createOutage } from '#platform/process/outage.ts'
import { createWakeablePause } from '#platform/process/wakeable-pause.ts'
import { gap, type Placement, type Shares } from '../plan/placements.ts'

type SteeringOptions = {
  rest: Rest
  source: OrderSource
  /** What it was started for; it holds until somebody says otherwise, and while nobody can be asked. */
  started: GeneratorSettings
  logger: Logger
  signal: AbortSignal
  /** In ms. */
  every?: number
}

export type Steering = {
  settings(): GeneratorSettings
  /** In ms; a change of the settings cuts it short. */
  pause(ms: number): Promise<void>
}

const LONGEST_TIMER = 2 ** 31 - 1

/** Asks the gateway of a demonstration again and again what to place; returns at once. */
export function steerBy({ rest, source, started, logger, signal, every = 1_000 }: SteeringOptions): Steering {
  let settings = started
  const pause = createWakeablePause(signal)
  const outage = createOutage({
    onBegin: (error) => logger.warn(`the gateway says nothing of what to place: ${reasonOf(error)}`),
    onEnd: () => logger.info('the gateway says again what to place'),
  })

  const take = (told: GeneratorSettings) => {
    if (JSON.stringify(told) === JSON.stringify(settings)) return
    settings = told
    logger.info(told, 'places this from now on')
    pause.ring()
  }
  const ask = async (): Promise<GeneratorSettings> => {
    const answer = await rest({ method: 'PUT', path: `/v1/demo/generators/${source}`, body: started })
    if (!answer.ok) throw new Error(`it answers ${answer.status}`)
    return GeneratorPart.parse(await answer.json())
  }
  void askAgainAndAgain()

  async function askAgainAndAgain(): Promise<void> {
    while (!signal.aborted) {
      try {
        const told = await ask()
        outage.works()
        take(told)
      } catch (error) {
        if (!signal.aborted) outage.failed(error)
      }
      await sleep(every, undefined, { signal }).catch(() => {})
    }
  }

  return {
    settings: () => settings,
    pause: (ms) => pause.wait(Math.min(ms, LONGEST_TIMER)),
  }
}

type PlaceOptions = {
  steering: Steering
  /** The next order, and its repeat. */
  next: (shares: Shares) => Placement[]
  send: (batch: readonly Placement[]) => Promise<void>
  random: () => number
  now: () => number
  signal: AbortSignal
}

/**
 * Places orders for as long as nothing aborts. Arrivals have no memory: after a change the time to the next one is drawn
 * anew, and they are a Poisson process still.
 */
export async function placeSteered({
  steering,
  next,
  send,
  random,
  now,
  signal,
}: PlaceOptions): Promise<void> {
  let planned = steering.settings()
  const toNext = () =>
    planned.running && planned.rate > 0 ? gap(planned.rate, random) : Number.POSITIVE_INFINITY
  for (let due = now() + toNext(); !signal.aborted; ) {
    if (steering.settings() !== planned) {
      planned = steering.settings()
      due = now() + toNext()
    }
    const wait = due - now()
    if (wait > 0) await steering.pause(wait)
    else {
      await send(next(planned))
      due += toNext()
    }
  }
}
