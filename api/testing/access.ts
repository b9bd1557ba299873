// Every operation of an OpenAPI document as a request, and what it must answer to whom.
import { ensure } from '#platform/testing/expect.ts'
import type { Access } from '../http/route.ts'

export type Operation = {
  method: string
  path: string
  access: Access
  /** The path filled in, with what the document requires of the query. */
  address: string
  body?: unknown
  /** Whether the body or the query says for which customer it is. */
  namesCustomer: boolean
}

type Parameter = {
  name: string
  in: string
  required?: boolean
  example?: unknown
  schema?: { example?: unknown }
}
type Described = {
  'x-access'?: string
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { example?: unknown }> }
}
export type Document = { paths: Record<string, Record<string, Described>> }

const accesses: Record<Access, true> = { public: true, staff: true, owner: true, caller: true }
const isAccess = (access: string | undefined): access is Access => access !== undefined && access in accesses

/** `values` fills the paths. Throws when an operation does not say who may use it, or how to ask. */
export function operationsOf(document: Document, values: Record<string, string>): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, described]) => operationOf(method, path, described, values)),
  )
}

function operationOf(
  method: string,
  path: string,
  described: Described,
  values: Record<string, string>,
): Operation {
  const { 'x-access': access, parameters = [], requestBody } = described
  ensure(isAccess(access), `${method} ${path} does not say who may use it`)
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    ensure(values[name], `tell the test what {${name}} of ${path} could be`)
    return values[name]
  })
  const query = new URLSearchParams()
  for (const { name, example, schema } of parameters.filter((one) => one.in === 'query' && one.required)) {
    query.set(name, String(example ?? schema?.example))
  }
  const body = requestBody?.content['application/json']?.example
  const asksFor = parameters.some((one) => one.in === 'query' && one.name === 'customerId')
  if (asksFor) query.set('customerId', values.customerId ?? '')
  const address = query.size > 0 ? `${filled}?${query.toString()}` : filled
  const namesCustomer = asksFor || hasCustomer(body)
  return { method: method.toUpperCase(), path, access, address, body, namesCustomer }
}

const hasCustomer = (body: unknown) =>
  typeof body === 'object' && body !== null && ('customerId' in body || 'userId' in body)

export type Party = 'nobody' | 'intruder' | 'another customer' | 'the customer' | 'staff'

/** The status that a party must hear; `ok` is any 2xx. */
export function expected({ access, namesCustomer }: Operation, party: Party): number | 'ok' {
  if (access === 'public') return 'ok'
  if (party === 'nobody' || party === 'intruder') return 401
  if (party === 'staff') return 'ok'
  if (access === 'staff') return 403
  if (party === 'the customer') return 'ok'
  if (access === 'owner') return 404
  return namesCustomer ? 403 : 'ok'
}
