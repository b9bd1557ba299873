import { Code, ConnectError } from '@connectrpc/connect'
import { fieldProblemsOf } from '#platform/grpc/refusals.ts'
import { type FieldError, type ProblemKind, type Refusal, refuse, sentence } from './problems.ts'

/** The fields that a route takes, by where they stand in a request. */
export type Inputs = { parameters: readonly string[]; body: readonly string[] }

/** What a service calls otherwise than the gateway does, by the first word of the path. */
const otherNames = new Map([
  ['page_size', 'limit'],
  ['key', 'Idempotency-Key'],
  ['statuses', 'status'],
  ['address_book', ''],
])

/** Says a service's complaint about fields in the caller's names; undefined when the error is no such complaint. */
export function refusalInCallersNames(error: unknown, inputs: Inputs): Refusal | undefined {
  if (!(error instanceof ConnectError)) return undefined
  const problems = fieldProblemsOf(error)
  if (!problems?.length) return undefined
  const errors = problems.map(({ path, message }) => ({ path: pathFor(path, inputs), message }))
  const kind = kindOf(error.code, errors, inputs)
  if (!kind) return undefined
  const aboutFields = kind === 'invalid-body' || kind === 'invalid-parameters' || kind === 'key-reused'
  return refuse(kind, aboutFields ? inOneLine(errors) : sentence(errors[0]?.message ?? ''), { errors })
}

/** `products[0].product_id` as `products[0].productId`; a message around the body's fields, such as `customer`, is left out. */
function pathFor(path: string, { parameters, body }: Inputs): string {
  const [first = '', ...rest] = path.split('.')
  const renamed = [otherNames.get(first) ?? first, ...rest].filter((part) => part !== '').map(inCamelCase)
  const known = [...parameters, ...body]
  const unwrapped =
    !known.includes(nameOf(renamed[0])) && known.includes(nameOf(renamed[1])) ? renamed.slice(1) : renamed
  // The place of an address has a field of its own here.
  return unwrapped.join('.').replace(/\.(latitude|longitude)$/, '.place.$1')
}

const inCamelCase = (part: string) =>
  part.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
/** `lines[0]` is of `lines`. */
const nameOf = (part = '') => part.replace(/\[.*$/, '')

function kindOf(code: Code, errors: FieldError[], { body }: Inputs): ProblemKind | undefined {
  const first = nameOf(errors[0]?.path.split('.')[0])
  const ofBody = body.includes(first)
  switch (code) {
    case Code.InvalidArgument:
    case Code.OutOfRange:
      return ofBody ? 'invalid-body' : 'invalid-parameters'
    case Code.NotFound:
      // The address is right; what the body names does not exist.
      return ofBody ? 'invalid-body' : 'not-found'
    case Code.AlreadyExists:
      return first === 'Idempotency-Key' ? 'key-reused' : 'conflict'
    case Code.FailedPrecondition:
      return 'conflict'
    default:
      return undefined
  }
}

export const inOneLine = (errors: readonly FieldError[]): string => {
  const [first] = errors
  return `${first?.path || 'body'}: ${first?.message}`
}
