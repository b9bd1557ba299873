import { z } from 'zod'
import type { Call } from '../clients.ts'
import type { Caller } from './auth.ts'
import type { RequestContext } from './context.ts'
import type { Answer } from './idempotency.ts'
import { type FieldError, type ProblemKind, type Refusal, refuse } from './problems.ts'
import { inOneLine, refusalInCallersNames } from './refusals.ts'
import { check } from './validation.ts'

/** Who may use a route, checked in one place before anything else of the request is looked at. */
export type Access =
  | 'public'
  | 'staff'
  /** Staff, or the customer whom {customerId} or {userId} of the path names, or whose order {orderId} is. */
  | 'owner'
  /** Whoever is signed in; the handler narrows by `request.caller`, see `customerFor`. */
  | 'caller'

type Described = {
  description: string
  /** Header names with their descriptions. */
  headers?: Record<string, string>
}

/** What an answer looks like: its schema is in the OpenAPI document, and the tests hold real answers to it. */
export type JsonSpec<S extends z.ZodType = z.ZodType> = Described & {
  schema: S
  example: z.output<S>
  contentType?: never
}
/** Text that is sent as it comes, such as text/csv. */
export type StreamSpec = Described & { contentType: string; example: string; schema?: never }
/** A status without a body. */
export type EmptySpec = Described & { schema?: never; contentType?: never; example?: never }

export type AnswerSpec = JsonSpec | StreamSpec | EmptySpec

type Answers = Record<number, AnswerSpec>

type AnswerOf<A extends Answers> = {
  [S in keyof A & number]: { status: S; headers?: Record<string, string> } & ContentOf<A[S]>
}[keyof A & number]

type ContentOf<Spec> = Spec extends { schema: infer S extends z.ZodType }
  ? { body: z.output<S> }
  : Spec extends { contentType: string }
    ? { stream: AsyncIterable<string>; contentType: string }
    : { body?: never }

/** A request whose every part is checked. */
export type RouteRequest<P, Q, B, X extends Access = 'caller'> = {
  params: P
  query: Q
  body: B
  idempotencyKey: string | undefined
  /** Nobody asks it of a public route. */
  caller: X extends 'public' ? undefined : Caller
  /** Where it came from. */
  address: string
  traceparent: string
  /** For calls to the services: they join the trace. */
  call: Call
  /** Names the order on the request's log line. */
  about: (orderId: string) => void
}

type Declaration = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** As OpenAPI writes it: /v1/orders/{orderId}. */
  path: string
  /** Unique; the operationId of the OpenAPI document. */
  name: string
  access: Access
  summary: string
  description?: string
  tag: Tag
  /** The body's limit; default 256 kB. */
  bodyLimit?: string
  /** Besides those that any request may meet. */
  refusals?: ProblemKind[]
  /** Kept for older clients; the document says so. */
  deprecated?: boolean
  /** Asked by machines, again and again: its log line is for debugging. */
  routine?: boolean
}

export type Tag =
  | 'auth'
  | 'orders'
  | 'returns'
  | 'refunds'
  | 'products'
  | 'customers'
  | 'accounts'
  | 'notifications'
  | 'webhooks'
  | 'dead letters'
  | 'demonstration'
  | 'health'

type RouteSpec<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  A extends Answers,
  X extends Access,
> = Declaration & {
  access: X
  params?: P
  query?: Q
  body?: B
  /** An example of the body, for the documentation. */
  example?: z.input<B>
  answers: A
}

type Handler<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  A extends Answers,
  X extends Access,
> = (request: RouteRequest<z.output<P>, z.output<Q>, z.output<B>, X>) => Promise<AnswerOf<A> | Refusal>

/** What comes in, unchecked. */
export type RawRequest = {
  params: unknown
  query: unknown
  body: unknown
  idempotencyKey: string | undefined
  context: RequestContext
}

export type ReadRequest = {
  /** As checked, with its defaults. */
  body: unknown
  respond(): Promise<Answer | Refusal>
}

/** A declared route: Express, validation and the OpenAPI document are all made from it. */
export type Route = Declaration & {
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  example?: unknown
  answers: Answers
  read(raw: RawRequest): ReadRequest | Refusal
}

/** Keys are a caller's own, so a public route has none: a token that was made for one is never another's answer. */
export const takesKeys = ({ method, access }: Declaration): boolean =>
  method === 'post' && access !== 'public'

const nothing = z.strictObject({})
type Nothing = typeof nothing

export const IdempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters without spaces')

const parameters = (params: z.ZodType, query: z.ZodType) =>
  z.object({ params, query, 'Idempotency-Key': IdempotencyKey.optional() })

/**
 * Declares a route; its handler comes after, so that its answers are held to the declared types.
 * Parameters are checked first (400), then the body (422), then it is handled.
 */
export function route<
  A extends Answers,
  X extends Access,
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>(spec: RouteSpec<P, Q, B, A, X>): { handledBy(handle: Handler<P, Q, B, A, X>): Route } {
  const outside = parameters(spec.params ?? nothing, spec.query ?? nothing)
  const inside = spec.body ?? z.undefined()
  const inputs = {
    parameters: [...fieldsOf(spec.params), ...fieldsOf(spec.query)],
    body: fieldsOf(spec.body),
  }
  return { handledBy: (handle) => ({ ...spec, read: (raw) => read(raw, handle) }) }

  function read(raw: RawRequest, handle: Handler<P, Q, B, A, X>): ReadRequest | Refusal {
    const { params, query, idempotencyKey, context } = raw
    const asked = check(outside, { params, query, 'Idempotency-Key': idempotencyKey })
    if (!asked.ok) return invalid('invalid-parameters', asked.errors.map(onceIn(query)))
    const sent = check(inside, spec.body && raw.body === undefined ? {} : spec.body && raw.body)
    if (!sent.ok) return invalid('invalid-body', sent.errors)
    const request = {
      params: asked.value.params as z.output<P>,
      query: asked.value.query as z.output<Q>,
      body: sent.value as z.output<B>,
      idempotencyKey,
      caller: context.caller as RouteRequest<unknown, unknown, unknown, X>['caller'],
      address: context.address,
      traceparent: context.traceparent,
      call: { headers: { traceparent: context.traceparent } },
      about: (orderId: string) => void (context.orderId = orderId),
    }
    return { body: sent.value, respond: () => handle(request).catch(inCallersNames) }
  }

  function inCallersNames(error: unknown): Refusal {
    const refusal = refusalInCallersNames(error, inputs)
    if (!refusal) throw error
    return refusal
  }
}

/** The fields of an object, or of all the objects that a body may be. */
function fieldsOf(schema: z.ZodType | undefined): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => fieldsOf(option as z.ZodType))
  return []
}

/** What stands in a query twice is a list, which is no good answer to who wrote no list. */
const onceIn = (query: unknown) => (error: FieldError) =>
  Array.isArray((query as Record<string, unknown>)[error.path.replace(/^query\./, '')])
    ? { ...error, message: 'must be given once' }
    : error

function invalid(problem: ProblemKind, errors: FieldError[]): Refusal {
  const named = errors.map(({ path, message }) => ({
    path: path.replace(/^(params|query)\./, ''),
    message,
  }))
  return refuse(problem, inOneLine(named), { errors: named })
}
