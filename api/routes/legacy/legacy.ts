import { z } from 'zod'
import type { Answer } from '#api/http/idempotency.ts'
import { isRefusal, type Refusal } from '#api/http/problems.ts'
import type { RawRequest, Route } from '#api/http/route.ts'
import { CustomerId } from '#contracts/rest/fields.ts'

type Parts = Pick<RawRequest, 'params' | 'query' | 'body'>

/** An address that older clients use, and how what they send there is said today. */
type Alias = {
  path: string
  name: string
  /** The name of today's route. */
  of: string
  /** What differs from today's route in the documentation. */
  documented: (today: Route) => Partial<Route>
  today: (parts: Parts) => Parts
  /** Today's address of what is asked for. */
  successor: (parts: Parts) => string
}

const OlderOrder = z
  .strictObject({
    userId: z.string(),
    items: z.array(z.strictObject({ productId: z.string(), quantity: z.int() })),
  })
  .meta({ id: 'OlderOrder' })

const params = z.strictObject({ userId: CustomerId })
const userOf = ({ params }: Parts): string => (params as { userId: string }).userId

const aliases: Alias[] = [
  {
    path: '/gateway/orders',
    name: 'gatewayPlaceOrder',
    of: 'placeOrder',
    documented: ({ body = z.never() }) => ({
      body: z.union([OlderOrder, body]),
      example: { userId: '17850', items: [{ productId: '85123A', quantity: 6 }] },
    }),
    today: ({ body, ...rest }) => ({ ...rest, body: withTodaysNames(body) }),
    successor: () => '/v1/orders',
  },
  {
    path: '/gateway/orders/{userId}',
    name: 'gatewayListOrders',
    of: 'listOrders',
    documented: ({ query }) => ({ access: 'owner', params, query: query?.omit({ customerId: true }) }),
    today: ({ query, ...parts }) => ({
      params: {},
      query: { ...(query as object), customerId: userOf({ query, ...parts }) },
      body: undefined,
    }),
    successor: (parts) => `/v1/orders?customerId=${encodeURIComponent(userOf(parts))}`,
  },
  {
    path: '/gateway/payments/accounts/{userId}',
    name: 'gatewayGetAccount',
    of: 'getAccount',
    documented: () => ({ access: 'owner', params }),
    today: (parts) => ({ ...parts, params: { customerId: userOf(parts) } }),
    successor: (parts) => `/v1/accounts/${encodeURIComponent(userOf(parts))}`,
  },
]

/** The addresses of older clients: today's handlers behind them, and today's answers. */
export const legacyRoutes = (routes: readonly Route[]): Route[] =>
  aliases.map((alias) => {
    const today = routes.find(({ name }) => name === alias.of)
    if (!today) throw new Error(`${alias.path} stands for ${alias.of}, which is no route`)
    return aliasOf(today, alias)
  })

function aliasOf(today: Route, alias: Alias): Route {
  return {
    ...today,
    ...alias.documented(today),
    path: alias.path,
    name: alias.name,
    summary: `For older clients: as ${today.method.toUpperCase()} ${today.path}`,
    deprecated: true,
    answers: withNoticeDescribed(today.answers),
    read(raw) {
      const notice = noticeOf(alias.successor(raw))
      const read = today.read({ ...raw, ...alias.today(raw) })
      const older = <A extends Answer | Refusal>(answer: A): A =>
        noticed(isRefusal(answer) ? inOlderWords(answer, raw) : answer, notice)
      if (isRefusal(read)) return older(read)
      return { body: read.body, respond: async () => older(await read.respond()) }
    },
  }
}

type Notice = { Deprecation: string; Link: string }

/** RFC 9745: since when, in seconds. */
const deprecatedSince = `@${Date.UTC(2026, 10, 21) / 1_000}`

const noticeOf = (successor: string): Notice => ({
  Deprecation: deprecatedSince,
  Link: `<${successor}>; rel="successor-version"`,
})

const noticed = <A extends Answer | Refusal>(answer: A, notice: Notice): A => ({
  ...answer,
  headers: { ...answer.headers, ...notice },
})

const withNoticeDescribed = (answers: Route['answers']): Route['answers'] =>
  Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      const headers = { Deprecation: 'Since when, as RFC 9745 has it', Link: "Today's address of the same" }
      return [status, { ...answer, headers: { ...answer.headers, ...headers } }]
    }),
  )

const todaysNames = new Map([
  ['userId', 'customerId'],
  ['items', 'lines'],
])
const oldersNames = new Map([...todaysNames].map(([older, today]) => [today, older]))

function withTodaysNames(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [todaysNames.get(name) ?? name, value]),
  )
}

/** A complaint names the fields as they were sent. */
function inOlderWords<R extends Refusal>(refusal: R, { body, params }: Parts): R {
  const sent = Object.keys({ ...Object(body), ...Object(params) })
  const older = (path: string) =>
    path.replace(/^\w+/, (name) => {
      const olderName = oldersNames.get(name)
      return olderName && sent.includes(olderName) ? olderName : name
    })
  const { errors, detail } = refusal
  if (!errors) return refusal
  const first = errors[0]?.path ?? ''
  return {
    ...refusal,
    detail: first && detail.startsWith(first) ? older(first) + detail.slice(first.length) : detail,
    errors: errors.map(({ path, message }) => ({ path: older(path), message })),
  }
}
