import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { within } from '#platform/within.ts'
import type { Admit } from './admission.ts'
import { actorOf } from './auth.ts'
import { assertOwned } from './authorise.ts'
import { contextOf } from './context.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Answer, type IdempotencyStore, once } from './idempotency.ts'
import { isRefusal, type Refusal, refuse } from './problems.ts'
import { type Route, takesKeys } from './route.ts'
import { ANSWERS_MAY_TAKE, send } from './send.ts'

type Counter = { admit: Admit; idempotency: IdempotencyStore }

/** Makes Express serve the declared routes, and refuse every other method at their addresses. */
export function register(app: Express, routes: Route[], { admit, idempotency }: Counter): void {
  for (const route of routes) {
    assertOwned(route)
    const readBody = route.body ? [jsonBody(route)] : []
    app[route.method](
      expressPath(route.path),
      async (request: Request, response: Response, next: NextFunction) => {
        contextOf(response).route = route.path
        const refusal = await admit(route, request, response)
        if (refusal) await send(response, refusal)
        else next()
      },
      ...readBody,
      async (request: Request, response: Response) => {
        await send(response, await carryOut(route, idempotency, request, response))
      },
    )
  }
  for (const [path, here] of Map.groupBy(routes, ({ path }) => path)) {
    const allowed = here.map(({ method }) => method.toUpperCase())
    if (allowed.includes('GET')) allowed.push('HEAD')
    app.all(expressPath(path), (request, response) => refuseMethod(request, response, allowed.join(', ')))
  }
}

const expressPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1')

const jsonBody = ({ bodyLimit = '256kb' }: Route) =>
  express.json({ limit: bodyLimit, type: ['application/json', 'application/*+json'] })

async function carryOut(
  route: Route,
  store: IdempotencyStore,
  request: Request,
  response: Response,
): Promise<Answer | Refusal> {
  if (route.body && request.body === undefined && hasBody(request)) {
    return refuse('not-json', 'Send the body with Content-Type: application/json.')
  }
  const { params, query, body, method, path } = request
  const context = contextOf(response)
  const key = takesKeys(route) ? request.get('Idempotency-Key') : undefined
  const read = route.read({ params, query, body, idempotencyKey: key, context })
  if (isRefusal(read)) return read
  if (key === undefined || !context.caller) return within(ANSWERS_MAY_TAKE, read.respond())
  const keyed = { caller: actorOf(context.caller), method, path, key, fingerprint: fingerprintOf(read.body) }
  return within(
    ANSWERS_MAY_TAKE,
    once(store, keyed, () => read.respond()),
  )
}

const hasBody = (request: Request) =>
  Number(request.get('Content-Length') ?? 0) > 0 || request.get('Transfer-Encoding') !== undefined

async function refuseMethod(request: Request, response: Response, allowed: string): Promise<void> {
  if (request.method === 'OPTIONS') {
    response.set('Allow', allowed).status(204).end()
    return
  }
  await send(response, refuse('wrong-method', `Allowed here: ${allowed}.`, { headers: { Allow: allowed } }))
}
