import { z } from 'zod'
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathItemObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi'
import manifest from '../../package.json' with { type: 'json' }
import { webhooks } from '../routes/webhooks/webhook-body.ts'
import { type ProblemKind, problemBody, problemKinds, refuse } from './problems.ts'
import { type Access, type AnswerSpec, IdempotencyKey, type Route, takesKeys } from './route.ts'

export const Problem = z
  .object({
    type: z
      .string()
      .meta({ description: 'Which kind of problem; stable.', example: '/problems/invalid-body' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What happened here, for people.' }),
    instance: z.string().meta({ description: 'The trace id, which the logs name too.' }),
    errors: z
      .array(z.object({ path: z.string().meta({ example: 'lines[0].quantity' }), message: z.string() }))
      .optional()
      .meta({ description: 'Which fields break a rule, and what would be right.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' })

/** The OpenAPI 3.1 document, from the declarations that Express and the validation are made from. */
export function describeApi(routes: Route[]) {
  const paths: Record<string, ZodOpenApiPathItemObject> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) }
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: {
      title: 'order-saga',
      version: manifest.version,
      description:
        'Orders as durable workflows. Money is a whole number of minor units (255 is £2.55); times are UTC, ISO 8601. Live updates come by socket.io at /socket.io, by WebSocket alone, with the access token as `auth.token`.',
    },
    servers: [{ url: '/' }],
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'From POST /v1/auth/token, or of an issuer that the gateway trusts.',
        },
      },
    },
    paths,
    webhooks,
  }
  return createDocument(document, { override: forClients })
}

/**
 * What clients that are made from the document trip over: an answer may get fields that they do not know yet, and a number
 * beyond 2^31 - 1 is not an `int`.
 */
function forClients({ jsonSchema, io }: Parameters<ZodOpenApiOverride>[0]): void {
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
  if (jsonSchema.type === 'integer' && !fitsInt32(jsonSchema)) jsonSchema.format = 'int64'
}

const fitsInt32 = ({ minimum = 0, maximum = 0 }: { minimum?: number; maximum?: number }): boolean =>
  minimum >= -(2 ** 31) && maximum < 2 ** 31

function operation(route: Route): ZodOpenApiOperationObject {
  const { name, summary, description, tag, params, query, body, example } = route
  return {
    operationId: name,
    summary,
    description: [description, audience[route.access]].filter(Boolean).join('\n\n'),
    tags: [tag],
    security: route.access === 'public' ? [] : [{ bearer: [] }],
    'x-access': route.access,
    ...(route.deprecated && { deprecated: true }),
    requestParams: {
      ...(params && { path: params }),
      ...(query && { query }),
      ...(takesKeys(route) && { header: idempotencyHeader }),
    },
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: body, example } },
      },
    }),
    responses: { ...answersOf(route), ...problemsOf(route) },
  }
}

/** Who may use it, in words; `x-access` says it to programs. */
const audience: Record<Access, string> = {
  public: 'Open to all.',
  staff: 'For staff.',
  owner: 'For staff, and for the customer whose it is; others hear 404.',
  caller: 'For whoever is signed in.',
}

const idempotencyHeader = z.object({
  'Idempotency-Key': IdempotencyKey.optional().meta({
    description: 'The same key with the same body gets the same answer for 24 h, and has its effect once.',
  }),
})

const answersOf = ({ answers }: Route): Record<string, ZodOpenApiResponseObject> =>
  Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer)]))

const response = (answer: AnswerSpec): ZodOpenApiResponseObject => ({
  description: answer.description,
  ...contentOf(answer),
  headers: Object.fromEntries(
    Object.entries(answer.headers ?? {}).map(([name, text]) => [
      name,
      { description: text, schema: { type: 'string' } },
    ]),
  ),
})

function contentOf(answer: AnswerSpec): Pick<ZodOpenApiResponseObject, 'content'> {
  if (answer.schema) {
    return { content: { 'application/json': { schema: answer.schema, example: answer.example } } }
  }
  if (!answer.contentType) return {}
  return { content: { [answer.contentType]: { schema: { type: 'string' }, example: answer.example } } }
}

/** The problems that a route may answer with: its own, and those that any request may meet. */
export function problemKindsOf(route: Route): ProblemKind[] {
  const { access, params, query, body, refusals = [] } = route
  const kinds: ProblemKind[] = [...refusals, 'too-many-requests', 'internal']
  if (access !== 'public') kinds.push('unauthenticated', 'unavailable')
  if (access === 'staff') kinds.push('forbidden')
  if (access === 'owner') kinds.push('not-found')
  if (params || query || takesKeys(route)) kinds.push('invalid-parameters')
  if (body) kinds.push('unreadable-request', 'too-large', 'not-json', 'invalid-body')
  if (takesKeys(route)) kinds.push('already-running', 'key-reused')
  return [...new Set(kinds)]
}

/** A status that has an answer of its own keeps it: /ready tells more with its 503 than a problem could. */
function problemsOf(route: Route): Record<string, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(problemKindsOf(route), (kind) => problemKinds[kind].status)
  const free = [...byStatus].filter(([status]) => !(status in route.answers))
  return Object.fromEntries(free.map(([status, kinds]) => [String(status), problemResponse(kinds)]))
}

const exampleTrace = '0af7651916cd43dd8448eb211c80319c'

const problemResponse = (kinds: ProblemKind[]): ZodOpenApiResponseObject => ({
  description: kinds.map((kind) => problemKinds[kind].title).join('; or: '),
  content: {
    'application/problem+json': {
      schema: Problem,
      examples: Object.fromEntries(
        kinds.map((kind) => [kind, { value: problemBody(refuse(kind, '…'), exampleTrace) }]),
      ),
    },
  },
})
