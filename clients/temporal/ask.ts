import type { Client } from '@temporalio/client'
import { faultOf } from './errors.ts'

/** How long a caller of the gateway may wait for an update, in ms: it hears 503 before the gateway gives up on it. */
export const updatesMayTake = 8_000
/** For what needs no worker: starts, signals, descriptions. */
export const serverMayTake = 3_000

const FIRST_PAUSE = 50
const LONGEST_PAUSE = 1_000

/**
 * Asks Temporal within `ms`. What it refuses for load (ten updates in flight, say) queues here and is asked again, at
 * irregular intervals, so that those who wait do not come all at once. Throws the last fault.
 */
export async function ask<T>(client: Client, ms: number, call: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + ms
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await client.withDeadline(deadline, call)
    } catch (error) {
      const rest = pause * (0.5 + Math.random())
      if (!queues(error) || Date.now() + rest >= deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, rest))
    }
  }
}

/** A full run will go on as a new one, which has room. */
function queues(error: unknown): boolean {
  const fault = faultOf(error)
  return fault === 'busy' || fault === 'full'
}
