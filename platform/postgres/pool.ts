import { z } from 'zod'

const A_SIZE = 'a number of connections from 4 to 200'

/** How many connections a process may have to each of its databases: one number, and everything that uses them follows. */
export const poolVariables = {
  DATABASE_POOL: z
    .string({ error: A_SIZE })
    .refine((text) => /^\d{1,3}$/.test(text) && Number(text) >= 4 && Number(text) <= 200, A_SIZE)
    .transform(Number)
    .default(20),
}

/** How many activities a worker has in hand at most. */
export type Slots = { activities: number; localActivities: number }

/**
 * As many as have a connection each: three quarters of the pool, shared by both kinds. What is left is for calls, consumers and
 * cleaning. More would wait in the process, where waiting becomes a time-out after 5 s and a retry; in Temporal's queue it costs nothing.
 */
export function slotsFor(pool: number, { local }: { local: boolean }): Slots {
  const all = Math.floor((pool * 3) / 4)
  const localActivities = local ? Math.ceil((all * 2) / 3) : 1
  const activities = local ? Math.max(all - localActivities, 1) : all
  return { activities, localActivities }
}
