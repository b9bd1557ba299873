import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import type { SystemControl } from '#contracts/clients.ts'
import type { TokenSigner, TokenVerifier } from '#platform/auth/tokens.ts'
import type { Logger } from '#platform/process/logger.ts'
import { type Probe, watchReadiness } from '#platform/process/readiness.ts'
import type { Clients } from './clients.ts'
import { createAuthorise } from './http/authorise.ts'
import { openContext } from './http/context.ts'
import { registerDocs } from './http/docs.ts'
import { createGuard } from './http/guard.ts'
import { allowOrigins, securityHeaders, trustProxy } from './http/headers.ts'
import type { IdempotencyStore } from './http/idempotency.ts'
import type { NewOrderId } from './http/ids.ts'
import type { Limiter, SignInLimiter } from './http/limits.ts'
import { refuseOtherMethods } from './http/methods.ts'
import { describeApi } from './http/openapi.ts'
import { refuse } from './http/problems.ts'
import { register } from './http/register.ts'
import type { Route } from './http/route.ts'
import { send, sendFault } from './http/send.ts'
import { registerWeb } from './http/web.ts'
import { accountRoutes } from './routes/accounts/accounts.ts'
import { authRoutes } from './routes/auth/auth.ts'
import { customerRoutes } from './routes/customers/customers.ts'
import { deadLetterRoutes } from './routes/dead-letters/dead-letters.ts'
import { redriveRoutes } from './routes/dead-letters/redrives.ts'
import { courierRoutes } from './routes/demo/courier.ts'
import { demoRoutes } from './routes/demo/demo.ts'
import { generatorRoutes } from './routes/demo/generators.ts'
import { stopRoute } from './routes/demo/stop.ts'
import { healthRoutes } from './routes/health/health.ts'
import { aboutRoute } from './routes/home/about.ts'
import { createHome } from './routes/home/home.ts'
import { legacyRoutes } from './routes/legacy/legacy.ts'
import { mailRoutes } from './routes/notifications/mails.ts'
import { attemptRoutes } from './routes/orders/attempts.ts'
import { changeOrderRoutes } from './routes/orders/change-order.ts'
import { orderRoutes } from './routes/orders/orders.ts'
import { placeOrderRoute } from './routes/orders/place-order.ts'
import { resumeRoutes } from './routes/orders/resume.ts'
import { shipmentRoutes } from './routes/orders/shipments.ts'
import { overviewRoutes } from './routes/overview/overview.ts'
import { productRoutes } from './routes/products/products.ts'
import { stockRoutes } from './routes/products/stock.ts'
import { refundRoutes } from './routes/refunds/refunds.ts'
import { returnRoutes } from './routes/returns/returns.ts'
import type { Looking } from './routes/system/look.ts'
import { systemRoute } from './routes/system/system.ts'
import { userRoutes } from './routes/users/users.ts'
import { webhookRoutes } from './routes/webhooks/webhooks.ts'

export type AppDependencies = Clients & {
  signer: TokenSigner
  verifier: TokenVerifier
  signIns: SignInLimiter
  /** Each caller's requests; undefined: none is limited. */
  limiter: Limiter | undefined
  /** Origins of the pages that may call the gateway. */
  webOrigins: string[]
  /** The proxies in front whose X-Forwarded-For is believed; undefined: none. */
  proxies: string | undefined
  /** The list of workflows in Temporal's Web UI, for people; undefined: there is none that we know of. */
  workflowsUrl: string | undefined
  /** Whether anybody may look around without a password. */
  demo: boolean
  /** The folder of the built web application; undefined: there is none, and / says what this is. */
  webFolder: string | undefined
  idempotency: IdempotencyStore
  newOrderId: NewOrderId
  clock: () => Date
  logger: Logger
  probes: Probe[]
  /** Can stop a process of the demonstration; undefined: nobody here can. */
  control: SystemControl | undefined
  /** Whom to ask how everything is. */
  system: Looking
}

type RouteDependencies = Omit<AppDependencies, 'idempotency' | 'logger'>

/** `readiness` remembers since when each probe is as it is: what asks it shares the memory. */
const currentRoutes = (
  dependencies: RouteDependencies,
  readiness = watchReadiness(() => dependencies.probes, dependencies.clock),
): Route[] => [
  ...authRoutes(dependencies),
  ...demoRoutes(dependencies),
  ...courierRoutes(dependencies),
  ...generatorRoutes(dependencies),
  stopRoute(dependencies),
  ...userRoutes(dependencies),
  placeOrderRoute(dependencies),
  ...orderRoutes(dependencies),
  ...changeOrderRoutes(dependencies),
  ...shipmentRoutes(dependencies),
  ...resumeRoutes(dependencies),
  ...attemptRoutes(dependencies),
  ...returnRoutes(dependencies),
  ...refundRoutes(dependencies),
  ...productRoutes(dependencies),
  ...stockRoutes(dependencies),
  ...customerRoutes(dependencies),
  ...accountRoutes(dependencies),
  ...overviewRoutes(dependencies),
  ...mailRoutes(dependencies),
  ...webhookRoutes(dependencies),
  ...deadLetterRoutes(dependencies),
  ...redriveRoutes(dependencies),
  ...healthRoutes(readiness),
  systemRoute({ ...dependencies, readiness }),
  aboutRoute(dependencies),
]

/** All routes of the gateway, in the order of the documentation. */
export function createRoutes(dependencies: RouteDependencies): Route[] {
  const routes = currentRoutes(dependencies)
  return [...routes, ...legacyRoutes(routes)]
}

/** The gateway as an Express app; `serveHttp` listens with it. */
export function createApp(dependencies: AppDependencies): Express {
  const routes = createRoutes(dependencies)
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  // One address for one thing.
  app.enable('case sensitive routing')
  app.enable('strict routing')
  trustProxy(app, dependencies.proxies)
  app.use(openContext(dependencies.logger))
  app.use(securityHeaders())
  app.use(allowOrigins(dependencies.webOrigins))
  const admit = createGuard({ ...dependencies, authorise: createAuthorise(dependencies) })
  const { idempotency, orders } = dependencies
  register(app, routes, { admit, idempotency, orders })
  if (dependencies.webFolder !== undefined) registerWeb(app, dependencies.webFolder)
  else {
    app.get('/', createHome(dependencies.workflowsUrl))
    refuseOtherMethods(app, '/', ['GET'])
  }
  registerDocs(app, describeApi(routes))
  app.use(serverOptions)
  app.use(unknownRoute)
  app.use((fault: unknown, _request: Request, response: Response, _next: NextFunction) =>
    sendFault(response, fault),
  )
  return app
}

/** `OPTIONS *` asks about the server as a whole. */
function serverOptions({ method, url }: Request, response: Response, next: NextFunction): void {
  if (method !== 'OPTIONS' || url !== '*') next()
  else response.set('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS').status(204).end()
}

function unknownRoute({ method, path }: Request, response: Response): Promise<void> {
  return send(response, refuse('unknown-route', `Nothing answers ${method} ${path}. See /docs.`))
}
