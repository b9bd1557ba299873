import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { Worker } from '@temporalio/worker'
import { createOrderWorkflows } from '#clients/temporal/orders.ts'
import type { CourierStatus, ShipmentEvent } from '#contracts/logistics.ts'
import type { KeyedChange, OrderOutcome, PlaceOrder } from '#contracts/order.ts'
import type { RecordChanges } from '#contracts/order-record.ts'
import { handlers, orderWorkflowId, taskQueues } from '#contracts/temporal.ts'
import { ensure } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import { beQuiet } from '#workflows/testing/quiet.ts'
import { RecordInTest } from './record.ts'
import { obligingServices, type ServiceName, type Services, serviceNames } from './services.ts'
import { registerSearchAttributes } from './temporal.ts'

/** What a test has services do instead of obliging; `beforeChanges` may keep the record waiting, or fail. */
type Script = Partial<Services> & { beforeChanges?: (request: RecordChanges) => Promise<unknown> }

/** One order in a test: what its services answer, what they were asked, and what was written of it. */
export class OrderCase {
  readonly orderId = randomUUID()
  readonly request: PlaceOrder
  readonly calls: { name: ServiceName; request: unknown }[] = []
  readonly record: RecordInTest
  charged = 0
  readonly #script: Script
  readonly #services: Services
  readonly #env: TestWorkflowEnvironment

  constructor(env: TestWorkflowEnvironment, script: Script) {
    this.#env = env
    this.#script = script
    this.#services = { ...obligingServices(this), ...script }
    this.request = {
      orderId: this.orderId,
      customerId: '17850',
      source: 'web',
      reference: null,
      currency: 'GBP',
      lines: [
        { lineNumber: 1, productId: '85123A', quantity: 6 },
        { lineNumber: 2, productId: '71053', quantity: 2 },
      ],
      placedAt: '2010-12-01T08:26:00.000Z',
      fingerprint: 'f1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    }
    this.record = new RecordInTest(this.request)
  }

  /** What is on record, in order. */
  get history(): KeyedChange[] {
    return this.record.history
  }

  async serve(name: ServiceName, request: never): Promise<unknown> {
    this.calls.push({ name, request })
    if (name === 'recordChanges') await this.#script.beforeChanges?.(request)
    const answer = await (this.#services[name] as (request: never) => Promise<unknown>)(request)
    if (name === 'chargeOrder' && (answer as { kind: string }).kind === 'charged')
      this.charged = (request as { amount: number }).amount
    return answer
  }

  get workflows() {
    return createOrderWorkflows(this.#env.client)
  }

  get handle() {
    return this.#env.client.workflow.getHandle<() => Promise<OrderOutcome>>(orderWorkflowId(this.orderId))
  }

  place = (options = { waitFor: 20_000 }) => this.workflows.place(this.request, options)
  cancel = (reason: 'customer' | 'staff' = 'customer') =>
    this.workflows.cancel(this.orderId, { by: 'customer:17850', reason, note: 'changed my mind' })

  /** The order's end; the server skips the time in which nothing happens. It counts waits: wait for one order at a time. */
  outcome = (): Promise<OrderOutcome> => this.handle.result()

  /** By signal: the time-skipping server loses updates that come during a local activity. */
  shipmentEvent = (status: CourierStatus, shipment = 1) =>
    this.handle.signal(handlers.shipmentEvent, this.eventOf(status, shipment))

  tell = (status: CourierStatus, shipment = 1) =>
    this.workflows.tell(this.orderId, this.eventOf(status, shipment))

  eventOf(status: CourierStatus, shipment: number): ShipmentEvent {
    const shipmentId = `${this.orderId}-${shipment}`
    return { eventId: `${shipmentId}/${status}`, shipmentId, status, occurredAt: '2010-12-01T12:00:00.000Z' }
  }

  async deliver(shipment = 1): Promise<void> {
    for (const status of ['created', 'sent_to_customer', 'delivered'] as const)
      await this.shipmentEvent(status, shipment)
  }

  reach = (status: string) =>
    until(`${status}, now ${this.steps.join(' ')}`, async () => (await this.progress()).status === status)

  async progress() {
    const progress = await this.workflows.progress(this.orderId)
    ensure(progress)
    return progress
  }

  /** What is on record, in order: the change types. */
  get steps(): string[] {
    return this.history.map(({ change }) => change.type)
  }

  /** How often a service was asked, tries included. */
  count = (name: ServiceName): number => this.calls.filter((call) => call.name === name).length

  asked = (...names: ServiceName[]): ServiceName[] =>
    this.calls.map(({ name }) => name).filter((name) => names.includes(name))
}

/** The workflow on a real server: time-skipping, or a running one for what only that one counts. */
export async function startOrderWorld(server: 'time-skipping' | { address: string; namespace: string }) {
  beQuiet()
  const env = await connect(server)
  const cases = new Map<string, OrderCase>()
  const activities = Object.fromEntries(
    serviceNames.map((name) => [
      name,
      (request: { orderId: string }) => cases.get(request.orderId)?.serve(name, request as never),
    ]),
  )
  const workflowBundle = { codePath: resolve('generated/workflow-bundle.js') }
  const common = { connection: env.nativeConnection, namespace: env.namespace ?? 'default', activities }
  const workers = await Promise.all(
    Object.values(taskQueues).map((taskQueue) =>
      Worker.create({ ...common, taskQueue, ...(taskQueue === taskQueues.order && { workflowBundle }) }),
    ),
  )
  const running = workers.map((worker) => worker.run())
  return {
    env,
    order(script: Script = {}): OrderCase {
      const one = new OrderCase(env, script)
      cases.set(one.orderId, one)
      return one
    },
    async stop(): Promise<void> {
      for (const worker of workers) worker.shutdown()
      await Promise.all(running)
      await env.teardown()
    },
  }
}

export type OrderWorld = Awaited<ReturnType<typeof startOrderWorld>>

export async function connect(
  server: 'time-skipping' | { address: string; namespace: string },
): Promise<TestWorkflowEnvironment> {
  if (server !== 'time-skipping') return TestWorkflowEnvironment.createFromExistingServer(server)
  const path = process.env.TEST_TIME_SKIPPING_SERVER
  ensure(path, 'TEST_TIME_SKIPPING_SERVER names the time-skipping server: run the tests with npm test')
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  })
  await registerSearchAttributes(env.connection, 'default')
  return env
}
