// How others reach running workflows; clients/temporal is made to these.
import type { Redrive, RedriveProgress } from './dead-letter.ts'
import type { FailureType } from './failures.ts'
import type { MoveShipment, ShipmentEvent } from './logistics.ts'
import type { Minor } from './money.ts'
import type {
  CancelAnswer,
  CancelRequest,
  Decision,
  DecisionAnswer,
  OrderProgress,
  PlacedOrder,
  PlaceOrder,
} from './order.ts'
import type { RefundByStaff, RefundOutcome } from './refund.ts'
import type { OpenedReturn, ReceivedReturn, RequestReturn, ReturnAnswer, ReturnDecision } from './return.ts'
import type { DeliverWebhook } from './webhook.ts'

/** Why an update was not taken; `message` says what would be right. */
export type UpdateRefusal = { refused: FailureType | 'NotFound'; message: string }

/** The running orders, as the gateway and the order worker's consumers reach them. */
export type OrderWorkflows = {
  /**
   * Starts the order's workflow, or finds it, and answers once it is on record. An order that ended before answers as it ended.
   * `pending`: not on record within `waitFor` ms (default 5 s), yet durably placed.
   */
  place(order: PlaceOrder, options?: { waitFor?: number }): Promise<PlacedOrder | { pending: true }>
  /** `id` names the request, of at most 255 bytes: under the same one the same order answers as the first time. */
  cancel(orderId: string, request: CancelRequest, id?: string): Promise<CancelAnswer | UpdateRefusal>
  decide(orderId: string, decision: Decision, id?: string): Promise<DecisionAnswer | UpdateRefusal>
  /** By hand; answers once it is on record. */
  moveShipment(orderId: string, move: MoveShipment, id?: string): Promise<DecisionAnswer | UpdateRefusal>
  /** Durably, within 10 s; throws what will pass. */
  tell(orderId: string, event: ShipmentEvent): Promise<Told>
  /** Undefined when it does not run. */
  progress(orderId: string, options?: { waitFor?: number }): Promise<OrderProgress | undefined>
}

/**
 * `ended`: the workflow is over, or there never was one. `unmoved`: the order says that the news changes nothing.
 * `impossible`: Temporal will never take it.
 */
export type Told =
  | { kind: 'told' }
  | { kind: 'ended' }
  | { kind: 'unmoved'; why: string }
  | { kind: 'impossible'; why: string }

/** Why an order does not go on by itself, as Temporal has it. */
export type StuckOrder = {
  orderId: string
  step: string
  since: Date
  error: string
  /** What the workflow itself says of the order, for one that is not on record. */
  about: { customerId: string; source: string; status: string; placedAt: string }
}

/** The runs of the orders' workflows, apart from what they do. */
export type OrderRuns = {
  /**
   * Starts the workflow of an order again, from its record, when none runs; `known` is the order as it is on record, for
   * a workflow that Temporal has forgotten. `unknown`: nobody knows of such an order.
   */
  resume(orderId: string, known?: PlaceOrder): Promise<'resumed' | 'running' | 'unknown'>
  /** Why an order that has not ended stands still though nobody told its record: undefined when its workflow goes on. */
  trouble(orderId: string): Promise<StuckOrder | undefined>
  /** The newest orders that Temporal's own filters show as stuck, or whose workflow was terminated or failed. */
  troubles(): Promise<StuckOrder[]>
}

/** A step that an order's workflow has given to a service and that is not done: as Temporal has it now. */
export type StepAttempt = {
  activityId: string
  /** Such as chargeOrder. */
  activityType: string
  /** Whose worker has to do it. */
  service: 'order' | 'inventory' | 'payment' | 'logistics'
  /** `waiting`: for its next attempt. `queued`: for a worker that takes it. */
  state: 'queued' | 'running' | 'waiting' | 'paused'
  /** Counts from 1. */
  attempt: number
  scheduledAt: Date | null
  lastStartedAt: Date | null
  nextRetryAt: Date | null
  lastFailure: string | null
  lastWorker: string | null
  /** When a worker last asked for work of this kind; null: none has for minutes. */
  workerSeenAt: Date | null
  paused: { by: string; reason: string; at: Date | null } | null
}

export type AttemptAction = 'retry' | 'pause' | 'resume'

/** What an order's workflow waits for in other services, and what staff can do about it. */
export type OrderAttempts = {
  /** None when no workflow of it runs. */
  list(orderId: string): Promise<StepAttempt[]>
  /**
   * `retry`: now, as if it were the first attempt. `pause`: no further attempt until `resume`, which also tries at once.
   * False when no such step is pending (any more).
   */
  act(
    action: AttemptAction,
    orderId: string,
    activityId: string,
    by: string,
    reason?: string,
  ): Promise<boolean>
}

/** The running returns, as the gateway reaches them. */
export type ReturnWorkflows = {
  /**
   * Asks for a return under the number after those on record, and answers once it is judged and on record itself; one that
   * is refused leaves its number to the next. The same fingerprint is the same return. `pending`: not judged within
   * `waitFor` ms (default 5 s), yet durably asked for.
   */
  request(
    request: Omit<RequestReturn, 'number'>,
    recorded: readonly ReturnOnRecord[],
    options?: { waitFor?: number },
  ): Promise<OpenedReturn | { pending: true; number: number }>
  /** `id` names the request: under the same one the same return answers as the first time. */
  decide(
    orderId: string,
    number: number,
    decision: ReturnDecision,
    id?: string,
  ): Promise<ReturnAnswer | UpdateRefusal>
  receive(
    orderId: string,
    number: number,
    received: ReceivedReturn,
    id?: string,
  ): Promise<ReturnAnswer | UpdateRefusal>
}

/** What of a return the order service has. */
export type ReturnOnRecord = { number: number; fingerprint: string; amount: Minor }

export type RefundWorkflows = {
  /** Once per key; a repeat answers the same. `pending`: durably asked for, and not done within `waitFor` ms (default 5 s). */
  refund(request: RefundByStaff, options?: { waitFor?: number }): Promise<RefundOutcome | { pending: true }>
}

/** The redrives of dead letters, as the gateway reaches them. */
export type RedriveWorkflows = {
  /** Durably begun when it resolves; a repeat of a redrive begins nothing. Throws a RangeError for too many letters. */
  start(redrive: Redrive): Promise<void>
  /** Undefined when there is no such redrive, or Temporal has forgotten it. Throws when no worker answers within 5 s. */
  progress(redriveId: string): Promise<(RedriveProgress & { running: boolean }) | undefined>
}

/** `summary` is what the Temporal Web UI shows, such as "order.completed to partner.example". */
export type WebhookWorkflows = {
  /** Once per delivery: `known` when it was ever started. */
  deliver(request: DeliverWebhook, summary: string): Promise<'started' | 'known'>
  /** Once more, for a delivery that has ended. */
  redeliver(request: DeliverWebhook, summary: string): Promise<'started' | 'running'>
}

/** `unknown`: there is no such process; `stopped`: it is down already. */
export type StopRefusal = 'unknown' | 'stopped'

/** Whoever has started the processes of a demonstration. */
export type SystemControl = {
  /** Stops a process, and starts it again after so many seconds. Undefined: it is being stopped. */
  stop(service: string, seconds: number): Promise<StopRefusal | undefined>
}
