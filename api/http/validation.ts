import { z } from 'zod'
import type { FieldError } from './problems.ts'

export type Checked<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] }

/** Checks a value; every error names its field and says what would be right. */
export function check<S extends z.ZodType>(schema: S, value: unknown): Checked<z.output<S>> {
  const result = schema.safeParse(value, { error: wording })
  return result.success
    ? { ok: true, value: result.data }
    : { ok: false, errors: withoutRepeats(result.error.issues.flatMap(fieldErrors)) }
}

/** A number may break two rules that are one to people. */
const withoutRepeats = (errors: FieldError[]): FieldError[] => [
  ...new Map(errors.map((error) => [`${error.path} ${error.message}`, error])).values(),
]

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: pathOf(issue.path), message: issue.message }]
  return issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), message: issue.message }))
}

/** `['lines', 0, 'quantity']` as `lines[0].quantity`; the whole value is ''. */
const pathOf = (path: PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')

/** zod says what is wrong; callers are better helped by what would be right. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `${issue.input === undefined ? 'is missing; it ' : ''}must be ${named(String(issue.expected))}`
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`
    case 'invalid_union':
      return Array.isArray(issue.options) ? `must be ${oneOf(issue.options)}` : undefined
    case 'too_small':
      return sized(issue.origin, 'at least', issue.minimum)
    case 'too_big':
      return sized(issue.origin, 'at most', issue.maximum)
    case 'unrecognized_keys':
      return `is not a field here; ${knownFields(issue.inst)}`
    default:
      return undefined
  }
}

const NAMES: Record<string, string> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  boolean: 'true or false',
}
const named = (expected: string) => NAMES[expected] ?? expected

const oneOf = (values: readonly unknown[]) =>
  values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`

function sized(origin: string, atWhat: string, limit: number | bigint): string {
  const one = Number(limit) === 1
  if (origin === 'string') return `must have ${atWhat} ${limit} ${one ? 'character' : 'characters'}`
  if (origin === 'array') return `must have ${atWhat} ${limit} ${one ? 'entry' : 'entries'}`
  return `must be ${atWhat} ${limit}`
}

const knownFields = (schema: unknown) =>
  schema instanceof z.ZodObject ? `known are ${Object.keys(schema.shape).join(', ')}` : 'leave it out'
