import type { Express, NextFunction, Request, Response } from 'express'
import { within } from '#platform/process/within.ts'
import type { Clients } from '../clients.ts'
import { actorOf } from './auth.ts'
import { assertOwned } from './authorise.ts'
import { deepest, isTooDeep, jsonBody } from './bodies.ts'
import { contextOf } from './context.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { Guard } from './guard.ts'
import { type Answer, type IdempotencyStore, nameOf, once } from './idempotency.ts'
import { refuseOtherMethods } from './methods.ts'
import { underItsKey } from './order-keys.ts'
import { isRefusal, type Refusal, refuse } from './problems.ts'
import { type Route, takesKeys } from './route.ts'
import { ANSWERS_MAY_TAKE, send } from './send.ts'

type RegisterOptions = { admit: Guard; idempotency: IdempotencyStore; orders: Clients['orders'] }

/** Makes Express serve the declared routes, and refuse every other method at their addresses. */
export function register(app: Express, routes: Route[], options: RegisterOptions): void {
  for (const route of routes) {
    assertOwned(route)
    const readBody = route.body ? [jsonBody(route.bodyLimit)] : []
    app[route.method](
      expressPath(route.path),
      async (request: Request, response: Response, next: NextFunction) => {
        Object.assign(contextOf(response), { route: route.path, isRoutine: route.routine ?? false })
        const refusal = await options.admit(route, request, response)
        if (refusal) await send(response, refusal)
        else next()
      },
      ...readBody,
      async (request: Request, response: Response) => {
        await send(response, await carryOut(route, options, request, response))
      },
    )
  }
  for (const [path, here] of Map.groupBy(routes, ({ path }) => path)) {
    const methods = here.map(({ method }) => method.toUpperCase())
    refuseOtherMethods(app, expressPath(path), methods)
  }
}

const expressPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1')

async function carryOut(
  route: Route,
  { idempotency, orders }: RegisterOptions,
  request: Request,
  response: Response,
): Promise<Answer | Refusal> {
  if (route.body && request.body === undefined && hasBody(request)) {
    return refuse('not-json', 'Send the body with Content-Type: application/json.')
  }
  if (isTooDeep(request.body)) return tooDeep()
  const { params, query, body, method, path } = request
  const context = contextOf(response)
  const key = takesKeys(route) ? request.get('Idempotency-Key') : undefined
  const read = route.read({ params, query, body, idempotencyKey: key, context })
  if (isRefusal(read)) return read
  if (key === undefined || !context.caller) return within(ANSWERS_MAY_TAKE, read.respond())
  const keyed = { caller: actorOf(context.caller), method, path, key, fingerprint: fingerprintOf(read.body) }
  const call = { headers: { traceparent: context.traceparent } }
  const { orderId } = params
  const respond = () =>
    typeof orderId === 'string'
      ? underItsKey(orders, { ...keyed, orderId, name: nameOf(keyed) }, call, () => read.respond())
      : read.respond()
  return within(ANSWERS_MAY_TAKE, once(idempotency, keyed, respond))
}

function tooDeep(): Refusal {
  const message = `must not be nested more than ${deepest} levels deep`
  return refuse('invalid-body', `body: ${message}`, { errors: [{ path: '', message }] })
}

const hasBody = (request: Request) =>
  Number(request.get('Content-Length') ?? 0) > 0 || request.get('Transfer-Encoding') !== undefined
