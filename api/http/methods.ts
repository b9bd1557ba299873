import type { Express } from 'express'
import { refuse } from './problems.ts'
import { send } from './send.ts'

/** Registered after a path's own methods: OPTIONS tells which they are, and every other one is refused. */
export function refuseOtherMethods(app: Express, path: string, methods: readonly string[]): void {
  const taken = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])]
  const allowed = [...taken, 'OPTIONS'].join(', ')
  app.all(path, async (request, response, next) => {
    // Passed on by its own handler: here is nothing for this caller.
    if (taken.includes(request.method)) next()
    else if (request.method === 'OPTIONS') response.set('Allow', allowed).status(204).end()
    else {
      const refusal = refuse('wrong-method', `Allowed here: ${allowed}.`, { headers: { Allow: allowed } })
      await send(response, refusal)
    }
  })
}
