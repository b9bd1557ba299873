// What the gateway's tests share: its app over real HTTP, with its services in memory behind real Connect clients.

import {
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type ServiceImpl,
} from '@connectrpc/connect'
import { expect } from '@jest/globals'
import type { z } from 'zod'
import type {
  OrderAttempts,
  OrderRuns,
  OrderWorkflows,
  RedriveWorkflows,
  RefundWorkflows,
  ReturnWorkflows,
} from '#contracts/clients.ts'
import type { PlaceOrder } from '#contracts/order.ts'
import { rpcServices } from '#contracts/services.ts'
import { CustomerService, UserService } from '#generated/proto/customer/v1/customer_pb.ts'
import { DeadLetterService } from '#generated/proto/deadletter/v1/deadletter_pb.ts'
import { InventoryService } from '#generated/proto/inventory/v1/inventory_pb.ts'
import { CourierService } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { NotificationService, WebhookService } from '#generated/proto/notification/v1/notification_pb.ts'
import { OrderService } from '#generated/proto/order/v1/order_pb.ts'
import { PaymentService } from '#generated/proto/payment/v1/payment_pb.ts'
import { ProcessService } from '#generated/proto/process/v1/process_pb.ts'
import { createLogger } from '#platform/process/logger.ts'
import { ensure } from '#platform/testing/expect.ts'
import { type AppDependencies, createApp, createRoutes } from '../app.ts'
import type { IdempotencyStore } from '../http/idempotency.ts'
import { createOrderIds } from '../http/ids.ts'
import { Problem } from '../http/openapi.ts'
import { serviceProbes } from '../http/probes.ts'
import { problemKinds } from '../http/problems.ts'
import type { Route } from '../http/route.ts'
import { serveHttp } from '../http/server.ts'
import type { Processes } from '../routes/system/look.ts'
import { asStaff, authorization, type Sender, testSigner, testVerifier } from './tokens.ts'

export { asCustomer, asNobody, asStaff } from './tokens.ts'

export type Services = {
  workflows?: Partial<OrderWorkflows>
  runs?: Partial<OrderRuns>
  attempts?: Partial<OrderAttempts>
  refunds?: Partial<RefundWorkflows>
  returns?: Partial<ReturnWorkflows>
  redrives?: Partial<RedriveWorkflows>
  orders?: Partial<ServiceImpl<typeof OrderService>>
  inventory?: Partial<ServiceImpl<typeof InventoryService>>
  payments?: Partial<ServiceImpl<typeof PaymentService>>
  customers?: Partial<ServiceImpl<typeof CustomerService>>
  users?: Partial<ServiceImpl<typeof UserService>>
  deadLetters?: Partial<ServiceImpl<typeof DeadLetterService>>
  courier?: Partial<ServiceImpl<typeof CourierService>>
  notifications?: Partial<ServiceImpl<typeof NotificationService>>
  webhooks?: Partial<ServiceImpl<typeof WebhookService>>
  process?: Partial<ServiceImpl<typeof ProcessService>>
  idempotency?: IdempotencyStore
} & Partial<
  Pick<
    AppDependencies,
    | 'probes'
    | 'verifier'
    | 'signIns'
    | 'limiter'
    | 'webOrigins'
    | 'proxies'
    | 'workflowsUrl'
    | 'webFolder'
    | 'demo'
    | 'system'
    | 'control'
  >
>

/** Remembers nothing, as when Redis is away. */
export const forgetful: IdempotencyStore = {
  claim: async () => ({ kind: 'new' }),
  keep: async () => {},
  release: async () => {},
}

/** Every key is new. */
const forgetfulKeys = { claimKey: () => ({}), releaseKey: () => ({}) }

export const noSuch = (what: string) => new ConnectError(`there is no such ${what}`, Code.NotFound)

/** `body` is what the JSON says, and {} of other text. */
export type Reply = { status: number; headers: Headers; body: Record<string, unknown>; text: string }
/** `by` is who sends it: staff, unless a test says another, or `asNobody`. */
type Send = {
  body?: unknown
  headers?: Record<string, string>
  raw?: string
  by?: Sender
}

export type TestGateway = {
  url: string
  routes: Route[]
  logs: Record<string, unknown>[]
  placed: PlaceOrder[]
  /** Sends a request, and holds the answer to what the OpenAPI document says of it. */
  send(method: string, path: string, options?: Send): Promise<Reply>
  stop(): Promise<void>
}

export async function startTestGateway(services: Services = {}): Promise<TestGateway> {
  const logs: Record<string, unknown>[] = []
  const placed: PlaceOrder[] = []
  const dependencies = dependenciesOf(services, logs, placed)
  const routes = createRoutes(dependencies)
  const server = await serveHttp({ app: createApp(dependencies), port: 0 })
  const url = `http://127.0.0.1:${server.port}`
  return {
    url,
    routes,
    logs,
    placed,
    send: (method, path, options) => send(url, routes, method, path, options),
    stop: () => server.stop(),
  }
}

function dependenciesOf(services: Services, logs: object[], placed: PlaceOrder[]): AppDependencies {
  const transport = createRouterTransport(({ service }) => {
    service(OrderService, { ...forgetfulKeys, ...services.orders })
    service(InventoryService, services.inventory ?? {})
    service(PaymentService, services.payments ?? {})
    service(CustomerService, services.customers ?? {})
    service(UserService, services.users ?? {})
    service(DeadLetterService, services.deadLetters ?? {})
    service(CourierService, services.courier ?? {})
    service(NotificationService, services.notifications ?? {})
    service(WebhookService, services.webhooks ?? {})
    service(ProcessService, services.process ?? {})
  })
  const clients = {
    orders: createClient(OrderService, transport),
    inventory: createClient(InventoryService, transport),
    payments: createClient(PaymentService, transport),
    customers: createClient(CustomerService, transport),
    users: createClient(UserService, transport),
    deadLetters: createClient(DeadLetterService, transport),
    courier: createClient(CourierService, transport),
    notifications: createClient(NotificationService, transport),
    webhooks: createClient(WebhookService, transport),
  }
  const clock = () => new Date('2010-12-01T08:26:00Z')
  return {
    ...clients,
    workflows: { ...obligingWorkflows(placed), ...services.workflows },
    runs: { ...obligingRuns, ...services.runs },
    attempts: { list: async () => [], act: async () => true, ...services.attempts },
    refunds: { ...obligingRefunds, ...services.refunds },
    returns: { ...obligingReturns, ...services.returns },
    redrives: { start: async () => {}, progress: async () => undefined, ...services.redrives },
    signer: testSigner,
    verifier: services.verifier ?? testVerifier,
    signIns: services.signIns ?? { attempt: async (_who, signIn) => ({ answer: await signIn() }) },
    limiter: services.limiter,
    webOrigins: services.webOrigins ?? [],
    workflowsUrl: services.workflowsUrl,
    webFolder: services.webFolder,
    demo: services.demo ?? false,
    control: services.control ?? { stop: async () => undefined },
    proxies: services.proxies,
    idempotency: services.idempotency ?? forgetful,
    newOrderId: createOrderIds(clock),
    clock,
    logger: createLogger({
      process: 'gateway',
      level: 'debug',
      destination: { write: (line) => void logs.push(JSON.parse(line) as object) },
    }),
    probes: services.probes ?? serviceProbes(clients),
    system: services.system ?? {
      processes: byService(createClient(ProcessService, transport)),
      servers: {},
      groups: async () => [],
    },
  }
}

const byService = (process: Processes['order']): Processes =>
  Object.fromEntries(rpcServices.map((name) => [name, process])) as Processes

/** Keeps the first order under each id, as Temporal does. */
function obligingWorkflows(placed: PlaceOrder[]): OrderWorkflows {
  return {
    async place(order) {
      const known = placed.find(({ orderId }) => orderId === order.orderId)
      if (!known) placed.push(order)
      const { orderId, fingerprint, placedAt } = known ?? order
      return { orderId, status: 'pending', fingerprint, placedAt }
    },
    cancel: async (orderId) => ({ orderId, status: 'paid', accepted: true }),
    decide: async (orderId) => ({ orderId, status: 'awaiting_customer' }),
    moveShipment: async (orderId) => ({ orderId, status: 'shipping' }),
    tell: async () => ({ kind: 'told' }),
    progress: async () => undefined,
  }
}

const obligingRuns: OrderRuns = {
  resume: async () => 'running',
  trouble: async () => undefined,
  troubles: async () => [],
}

const obligingRefunds: RefundWorkflows = {
  refund: async ({ amount = 1530 }) => ({ kind: 'refunded', amount }),
}

const obligingReturns: ReturnWorkflows = {
  request: async () => ({ kind: 'opened', number: 1, amount: 255 }),
  decide: async (orderId, number, { accept }) => ({
    orderId,
    number,
    status: accept ? 'accepted' : 'refused',
  }),
  receive: async (orderId, number) => ({ orderId, number, status: 'received' }),
}

async function send(
  url: string,
  routes: Route[],
  method: string,
  path: string,
  { body, headers = {}, raw, by = asStaff }: Send = {},
): Promise<Reply> {
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(sent !== undefined && { 'Content-Type': 'application/json' }),
      ...(await authorization(by)),
      ...headers,
    },
    ...(sent !== undefined && { body: sent }),
  })
  const text = await response.text()
  const type = response.headers.get('Content-Type') ?? ''
  const isJson = /^application\/(problem\+)?json/.test(type)
  const reply = {
    status: response.status,
    headers: response.headers,
    body: (isJson && text !== '' ? JSON.parse(text) : {}) as Record<string, unknown>,
    text,
  }
  if (type.startsWith('application/problem+json')) assertProblem(reply)
  else if (method !== 'OPTIONS') assertDeclared(routes, method, new URL(url + path).pathname, reply)
  return reply
}

function assertProblem({ status, headers, body }: Reply): void {
  assertMatches(Problem, body)
  const kind = String(body.type).replace('/problems/', '') as keyof typeof problemKinds
  expect(problemKinds[kind].status).toBe(status)
  expect(body.status).toBe(status)
  expect(body.instance).toBe(headers.get('Trace-Id'))
}

function assertDeclared(routes: Route[], method: string, path: string, reply: Reply): void {
  const answer = routeAt(routes, method, path)?.answers[reply.status]
  ensure(answer, `${method} ${path} does not declare that it answers ${reply.status}`)
  if (answer.schema) assertMatches(answer.schema, reply.body)
  else if (answer.contentType) ensure(reply.headers.get('Content-Type')?.startsWith(answer.contentType))
  else expect(reply.text).toBe('')
}

function routeAt(routes: Route[], method: string, path: string): Route | undefined {
  const matches = (pattern: string) => new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
  return routes.find((one) => one.method === method.toLowerCase() && matches(one.path))
}

/** Parsing leaves out what a schema does not know, so equality means that it says it all. */
const assertMatches = (schema: z.ZodType, body: unknown) => expect(schema.parse(body)).toStrictEqual(body)
