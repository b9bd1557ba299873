import { failureTypes } from '#contracts/failures.ts'
import { refuse } from './refuse.ts'

/** What a field must be; zod is not for the workflow's sandbox, whose bundle it would double. */
type Check = (value: unknown) => boolean
type Shape = Record<string, Check>

/** What no database takes would be tried for ever: Postgres has no NUL, and half a character is none. */
const storable: Check = (value) => typeof value === 'string' && value.isWellFormed() && !value.includes('\0')
const text: Check = (value) => storable(value) && value !== ''
const listOf =
  (shape: Shape): Check =>
  (value) =>
    Array.isArray(value) && value.every((item) => problemsOf(item, shape) === undefined)
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const oneOf =
  (...known: unknown[]): Check =>
  (value) =>
    known.includes(value)
const note = maybe(storable)
const whole: Check = Number.isSafeInteger

/** What the workflows' updates and signals take; what else is in there does no harm. */
export const shapes = {
  placeOrder: {
    orderId: text,
    customerId: text,
    source: text,
    currency: text,
    lines: (value) => Array.isArray(value),
    placedAt: text,
    fingerprint: text,
    traceparent: storable,
  },
  cancel: { by: text, reason: oneOf('customer', 'staff'), note },
  amend: { kind: oneOf('amend'), by: text, lines: listOf({ lineNumber: whole, quantity: () => true }) },
  refuseRest: { kind: oneOf('cancel'), by: text },
  move: {
    shipmentId: text,
    status: oneOf('created', 'sent_to_customer', 'delivered', 'lost'),
    by: text,
    note,
  },
  event: {
    shipmentId: text,
    status: oneOf('created', 'sent_to_customer', 'delivered', 'lost', 'cancelled'),
    by: maybe(text),
    note,
  },
  decideReturn: { accept: oneOf(true, false), by: text, note },
  receiveReturn: {
    by: text,
    note,
    lines: maybe(listOf({ lineNumber: whole, restocked: whole, writtenOff: whole })),
  },
} satisfies Record<string, Shape>

/** For an update's validator. */
export function refuseMalformed(value: unknown, shape: Shape): void {
  const problems = problemsOf(value, shape)
  if (problems) refuse(failureTypes.malformed, problems)
}

/** Undefined when it is right. */
export function problemsOf(value: unknown, shape: Shape): string | undefined {
  if (typeof value !== 'object' || value === null) return 'an object is needed'
  const fields = value as Record<string, unknown>
  const wrong = Object.keys(shape).filter((field) => !shape[field]?.(fields[field]))
  return wrong.length === 0 ? undefined : `missing or not as they should be: ${wrong.join(', ')}`
}
