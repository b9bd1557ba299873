import { createClient } from '@connectrpc/connect'
import { Client, Connection } from '@temporalio/client'
import { z } from 'zod'
import { createApp } from '#api/app.ts'
import type { Clients } from '#api/clients.ts'
import { addressBehind } from '#api/http/headers.ts'
import { createIdempotencyStore } from '#api/http/idempotency.ts'
import { createOrderIds } from '#api/http/ids.ts'
import { createLimiter, createSignInLimiter } from '#api/http/limits.ts'
import { serviceProbes } from '#api/http/probes.ts'
import { createUpdatesProxy } from '#api/http/proxy.ts'
import { serveHttp } from '#api/http/server.ts'
import { isBuilt } from '#api/http/web.ts'
import type { Looking, Processes } from '#api/routes/system/look.ts'
import { createControl } from '#clients/control/control.ts'
import { askRevocations } from '#clients/revocations.ts'
import { createOrderAttempts } from '#clients/temporal/attempts.ts'
import { createOrderWorkflows } from '#clients/temporal/orders.ts'
import { createRedriveWorkflows } from '#clients/temporal/redrives.ts'
import { createRefundWorkflows } from '#clients/temporal/refunds.ts'
import { createReturnWorkflows } from '#clients/temporal/returns.ts'
import { createOrderRuns } from '#clients/temporal/runs.ts'
import { localHttpUrl, localRpcUrl, type RpcService, rpcServices, services } from '#contracts/services.ts'
import { CustomerService, UserService } from '#generated/proto/customer/v1/customer_pb.ts'
import { DeadLetterService } from '#generated/proto/deadletter/v1/deadletter_pb.ts'
import { InventoryService } from '#generated/proto/inventory/v1/inventory_pb.ts'
import { CourierService } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { NotificationService, WebhookService } from '#generated/proto/notification/v1/notification_pb.ts'
import { OrderService } from '#generated/proto/order/v1/order_pb.ts'
import { PaymentService } from '#generated/proto/payment/v1/payment_pb.ts'
import { ProcessService } from '#generated/proto/process/v1/process_pb.ts'
import { followRevocations, type Revocations, refusingRevoked } from '#platform/auth/revocations.ts'
import { createTokenSigner, createTokenVerifier } from '#platform/auth/tokens.ts'
import { rpcTransport } from '#platform/grpc/rpc.ts'
import { connectKafka, kafkaVariables } from '#platform/kafka/kafka.ts'
import { readConfig, zDuration, zList, zPort, zUrl } from '#platform/process/config.ts'
import { type ProcessContext, runProcess } from '#platform/process/lifecycle.ts'
import type { Logger } from '#platform/process/logger.ts'
import { connectRedis, type Redis } from '#platform/redis/redis.ts'
import { bothOrNeither, externalIssuers, externalIssuerVariables, orElse } from './issuers.ts'
import { temporalVariables } from './variables.ts'

const httpUrls = 'URLs with commas between them, such as http://127.0.0.1:3001'
const isHttp = (url: string) => URL.canParse(url) && new URL(url).protocol === 'http:'

export const GatewayConfig = z
  .object({
    GATEWAY_HOST: z.string().default('127.0.0.1'),
    GATEWAY_PORT: zPort.default(services.gateway.httpPort),
    ...temporalVariables,
    REDIS_URL: zUrl.default('redis://127.0.0.1:6380'),
    ORDER_RPC_URL: zUrl.default(localRpcUrl('order')),
    INVENTORY_RPC_URL: zUrl.default(localRpcUrl('inventory')),
    PAYMENT_RPC_URL: zUrl.default(localRpcUrl('payment')),
    CUSTOMER_RPC_URL: zUrl.default(localRpcUrl('customer')),
    /** Ed25519, PKCS#8 PEM; newlines may stand as \n. */
    TOKEN_PRIVATE_KEY: z.string(),
    TOKEN_ISSUER: z.string().default('order-saga'),
    TOKEN_AUDIENCE: z.string().default('order-saga'),
    TOKEN_LIFETIME: zDuration.default(3_600_000),
    ...externalIssuerVariables,
    WEB_ORIGINS: zList.default([]),
    /** One caller's in 10 s; 0 switches it off. */
    RATE_LIMIT: z.coerce.number({ error: 'a number of requests in 10 s' }).int().min(0).default(600),
    /** on: anybody may look around without a password, as one of the users that there are, staff too. */
    DEMO: z.enum(['on', 'off']).default('off'),
    /** Where the processes of a demonstration can be stopped, and what lets the gateway do it. */
    DEMO_CONTROL_URL: zUrl.optional(),
    DEMO_CONTROL_TOKEN: z.string().optional(),
    /** For links in the page at /. */
    TEMPORAL_UI_URL: zUrl.optional(),
    /** What `npm run build:web` made; without it the gateway has no pages but its documentation. */
    WEB_FOLDER: z.string().default('generated/web'),
    /** How many proxies stand in front, or which addresses they have. */
    TRUST_PROXY: z.string().optional(),
    NOTIFICATION_RPC_URL: zUrl.default(localRpcUrl('notification')),
    /** Asked only how they are. */
    DISCOVERY_RPC_URL: zUrl.default(localRpcUrl('discovery')),
    LOGISTICS_RPC_URL: zUrl.default(localRpcUrl('logistics')),
    KAFKA_BROKERS: kafkaVariables.KAFKA_BROKERS,
    /** Its instances, for live updates. */
    NOTIFICATION_URLS: zList
      .refine((all) => all.every(isHttp), httpUrls)
      .default([localHttpUrl('notification')]),
  })
  .refine(bothOrNeither, orElse)
export type GatewayConfig = z.infer<typeof GatewayConfig>

/** The gateway waits for nobody: it listens at once, and /ready says which of its servers are up. */
export async function startGateway({ logger }: Pick<ProcessContext, 'logger'>, config: GatewayConfig) {
  // Stops in reverse what was started; a start that fails on the way, too.
  await using started = new AsyncDisposableStack()
  const temporal = started.adopt(temporalConnection(config.TEMPORAL_ADDRESS), (it) => it.close())
  const client = new Client({ connection: temporal, namespace: config.TEMPORAL_NAMESPACE })
  const redis = started.adopt(connectRedis(config.REDIS_URL, logger), (it) => it.close())
  const clients: Clients = { ...workflowClients(client), ...serviceClients(config) }
  const revocations = started.adopt(
    followRevocations({ issuer: config.TOKEN_ISSUER, ask: askRevocations(clients.users), logger }),
    (it) => it.stop(),
  )
  const clock = () => new Date()
  const app = createApp({
    ...clients,
    ...(await doorOf(config, redis, revocations)),
    idempotency: createIdempotencyStore({ redis, logger }),
    newOrderId: createOrderIds(clock),
    clock,
    logger,
    demo: config.DEMO === 'on',
    control: controlOf(config),
    workflowsUrl: workflowsUrl(config),
    webFolder: isBuilt(config.WEB_FOLDER) ? config.WEB_FOLDER : undefined,
    system: systemOf({ config, temporal, redis, logger }),
    probes: [
      { name: 'temporal', required: true, probe: () => temporal.workflowService.getSystemInfo({}) },
      ...serviceProbes(clients),
      {
        name: 'notification',
        required: false,
        probe: () => clients.notifications.listMails({ pageSize: 1 }),
      },
      { name: 'redis', required: false, probe: () => redis.client.ping() },
    ],
  })
  const { GATEWAY_HOST: host, GATEWAY_PORT: port, NOTIFICATION_URLS: urls } = config
  const upgrades = createUpdatesProxy({ urls, logger, addressOf: addressBehind(app) })
  const server = started.adopt(await serveHttp({ app, port, host, upgrades }), (it) => it.stop())
  logger.info({ port: server.port }, `listening at http://${host}:${server.port}`)
  const running = started.move()
  return { port: server.port, stop: () => running.disposeAsync() }
}

const controlOf = ({ DEMO_CONTROL_URL: url, DEMO_CONTROL_TOKEN: token }: GatewayConfig) =>
  url !== undefined && token !== undefined ? createControl({ url, token }) : undefined

const workflowsUrl = ({ TEMPORAL_UI_URL: ui, TEMPORAL_NAMESPACE: namespace }: GatewayConfig) =>
  ui && new URL(`/namespaces/${namespace}/workflows`, ui).href

/** Connects when first used. */
const temporalConnection = (address: string) =>
  Connection.lazy({
    address,
    // No retries in here: who asks hears 503 at once and asks again. A retry that the SDK has put off until after
    // close() would also throw where nobody can catch it.
    interceptors: [],
    // Without a limit a server that was away for long is found again only after two minutes.
    channelArgs: { 'grpc.max_reconnect_backoff_ms': 2_000 },
  })

const workflowClients = (client: Client) => ({
  workflows: createOrderWorkflows(client),
  runs: createOrderRuns(client),
  attempts: createOrderAttempts(client),
  refunds: createRefundWorkflows(client),
  returns: createReturnWorkflows(client),
  redrives: createRedriveWorkflows(client),
})

function serviceClients(config: GatewayConfig) {
  const order = rpcTransport(config.ORDER_RPC_URL)
  const customer = rpcTransport(config.CUSTOMER_RPC_URL)
  const notification = rpcTransport(config.NOTIFICATION_RPC_URL)
  return {
    orders: createClient(OrderService, order),
    deadLetters: createClient(DeadLetterService, order),
    inventory: createClient(InventoryService, rpcTransport(config.INVENTORY_RPC_URL)),
    payments: createClient(PaymentService, rpcTransport(config.PAYMENT_RPC_URL)),
    customers: createClient(CustomerService, customer),
    users: createClient(UserService, customer),
    courier: createClient(CourierService, rpcTransport(config.LOGISTICS_RPC_URL)),
    notifications: createClient(NotificationService, notification),
    webhooks: createClient(WebhookService, notification),
  }
}

type Servers = { config: GatewayConfig; temporal: Connection; redis: Redis; logger: Logger }

/** Whom to ask how everything is. */
function systemOf({ config, temporal, redis, logger }: Servers): Looking {
  const kafka = connectKafka({ brokers: config.KAFKA_BROKERS, clientId: 'gateway', logger })
  const processOf = (name: RpcService) => {
    const url = config[`${name.toUpperCase() as Uppercase<RpcService>}_RPC_URL`]
    return [name, createClient(ProcessService, rpcTransport(url))] as const
  }
  return {
    processes: Object.fromEntries(rpcServices.map(processOf)) as Processes,
    servers: {
      temporal: async () => {
        const { serverVersion } = await temporal.workflowService.getSystemInfo({})
        return { version: serverVersion ?? null }
      },
      redis: async () => ({ version: versionIn(await redis.client.info('server')) }),
    },
    groups: () => kafka.groups(),
  }
}

/** Valkey names the Redis that it is compatible with, too. */
const versionIn = (info: string): string | null =>
  (/^valkey_version:(\S+)/m.exec(info) ?? /^redis_version:(\S+)/m.exec(info))?.[1] ?? null

/** Who may come in, from where, and how often. */
async function doorOf(config: GatewayConfig, redis: Redis, revocations: Revocations) {
  const named = { issuer: config.TOKEN_ISSUER, audience: config.TOKEN_AUDIENCE }
  const { TOKEN_PRIVATE_KEY: privateKeyPem, TOKEN_LIFETIME: lifetime, RATE_LIMIT: limit } = config
  const signer = await createTokenSigner({ ...named, privateKeyPem, lifetime })
  const issuers = [{ issuer: named.issuer, keys: signer.publicKeys() }, ...externalIssuers(config)]
  return {
    signer,
    verifier: refusingRevoked(createTokenVerifier({ audience: named.audience, issuers }), revocations),
    signIns: createSignInLimiter(redis),
    limiter: limit === 0 ? undefined : createLimiter({ redis, what: 'caller', limit, seconds: 10 }),
    webOrigins: config.WEB_ORIGINS,
    proxies: config.TRUST_PROXY,
  }
}

if (import.meta.main) {
  await runProcess('gateway', (context) => startGateway(context, readConfig(GatewayConfig)))
}
