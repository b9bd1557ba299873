import { z } from 'zod'

/** Whole numbers of any size: what Postgres keeps as int8 or numeric comes as text, so that no value of it ends an audit. */
export const zAmount = z
  .string()
  .regex(/^-?\d+$/, 'no whole number')
  .transform(BigInt)
/** As JSON writes a number; a row may hold any. */
export const zPieces = z.int().transform(BigInt)
export const zTime = z.string().transform((text, context) => {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) context.addIssue(`"${text}" is no time that a calendar has`)
  return time
})

/** A row as the database has it, as one JSON document. */
export type RawRow = { orderId: string; row: unknown }

/** What could be read, by order id, and what is wrong with the rest. */
export type Rows<T> = { read: Map<string, T>; broken: Map<string, string> }

/** One bad row is a finding about that row; the others are read. */
export function readRows<T>(what: string, schema: z.ZodType<T>, rows: readonly RawRow[]): Rows<T> {
  const [read, broken] = [new Map<string, T>(), new Map<string, string>()]
  for (const { orderId, row } of rows) {
    const result = schema.safeParse(row)
    if (result.success) read.set(orderId, result.data)
    else broken.set(orderId, `${what}: ${inWords(result.error)}`)
  }
  return { read, broken }
}

const inWords = ({ issues }: z.ZodError): string =>
  issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join(', ')
