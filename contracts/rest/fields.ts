import { z } from 'zod'
import { isWhole, wholeInWords } from '#platform/values/checks.ts'
import { composed, emailInWords, isEmail, type TextLimits, textProblem } from '#platform/values/texts.ts'
import {
  idForm,
  idInWords,
  productIdForm,
  productIdInWords,
  warehouseIdForm,
  warehouseIdInWords,
} from '../ids.ts'
import { lengths } from '../limits.ts'
import { currencies, defaultCurrency, maxAmount } from '../money.ts'

/** What several routes share. Messages say what would be right. */
export const CustomerId = z.string().regex(idForm, `must be ${idInWords}`).meta({ example: '17850' })

export const AddressId = z
  .string()
  .regex(idForm, `must be ${idInWords}`)
  .meta({ description: 'The customer’s own name for the address', example: 'home' })

export const ProductId = z
  .string()
  .regex(productIdForm, `must be ${productIdInWords}`)
  .meta({ example: '85123A' })

export const OrderId = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    'must be an order id such as 019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f',
  )
  .meta({ example: '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f' })

export const WarehouseId = z
  .string()
  .regex(warehouseIdForm, `must be ${warehouseIdInWords}`)
  .meta({ example: 'london' })

/** Text for people, by the one rule for texts, in its composed form. */
export const text = (limits: TextLimits) =>
  z
    .string()
    .overwrite(composed)
    .check(({ value, issues }) => {
      const problem = textProblem(value, limits)
      if (problem) issues.push({ code: 'custom', input: value, message: problem })
    })
    .meta({ override: textSchema(limits) })

// What one character is to people, JSON Schema cannot say: `maxLength` is the most that any such text can have.
const textSchema = ({ max, min = 1, maxBytes = max * 40 }: TextLimits) => ({
  type: 'string' as const,
  minLength: min,
  maxLength: maxBytes,
})

export const Email = z
  .string()
  .overwrite(composed)
  .refine(isEmail, { error: `must be ${emailInWords}` })
  .meta({ override: { type: 'string', format: 'email', maxLength: 254 } })

export const Note = text(lengths.note)
export const Search = text(lengths.search)

export const CurrencyCode = z.enum(currencies).meta({ description: 'ISO 4217', example: defaultCurrency })

/** The topic of a message; not of its dead letters. */
export const TopicName = z.string().regex(/^[a-z._]{1,100}$/, 'must be the name of a topic')

/** What may be given several times in a query: `status=paid` is text, `status=paid&status=shipping` a list. */
export const severalOf = <T extends z.ZodType>(value: T, what = '', most = 1_000) =>
  z
    .preprocess(
      (given) => (typeof given === 'string' ? [given] : given),
      z.array(value).refine((all) => all.length <= most, `must be at most ${most}`),
    )
    .optional()
    .meta({
      description: what ? `${what}. May be given several times` : 'May be given several times',
      param: { style: 'form', explode: true },
    })

/** true or false in a query; `description` says what true means. */
export const flag = (description: string) =>
  z
    .stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive' })
    .optional()
    .meta({ description, override: { type: 'string', enum: ['true', 'false'] } })

/** A whole number, with one complaint whatever is wrong with it. */
export const whole = (min: number, max: number) => {
  const error = { error: `must be ${wholeInWords(min, max)}` }
  return z.int(error).min(min, error).max(max, error)
}

/** The same where it comes as text: in a path or a query. */
export const wholeText = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^(0|[1-9]\d{0,15})$/.test(text) && isWhole(Number(text), min, max), {
      error: `must be ${wholeInWords(min, max)}`,
    })
    .transform(Number)
    .meta({ override: { type: 'integer', minimum: min, maximum: max } })

export const Price = whole(1, maxAmount).meta({ description: 'Minor units per piece', example: 255 })
export const Amount = whole(1, maxAmount).meta({ description: 'Minor units', example: 10_000 })

/** In answers, where every value that the services give is right. */
export const Money = z.int().meta({ description: 'Minor units', example: 1530 })
export const At = z.string().meta({ format: 'date-time', example: '2010-12-01T08:26:00.000Z' })

export const Cursor = z
  .string()
  .regex(/^[\x21-\x7e]{1,1000}$/, 'must be the nextCursor of an earlier page')
  .meta({ description: 'nextCursor of the page before' })

export const limit = (standard: number, max: number) =>
  wholeText(1, max).default(standard).meta({ description: 'Entries per page', example: standard })

export const NextCursor = z
  .string()
  .nullable()
  .meta({ description: 'For the next page; null on the last', example: null })

/** For a list that answers what it can; see `partialOf`. */
export const partialFields = {
  partial: z.boolean().meta({
    description: 'true: the page is not whole. A database did not answer, or a row of it cannot be read',
  }),
  missing: z
    .array(z.object({ shard: z.string(), why: z.string() }))
    .meta({ description: 'The databases that did not answer; for staff', example: [] }),
  unreadable: z
    .array(z.object({ id: z.string(), why: z.string() }))
    .meta({ description: 'The rows that cannot be read, and left out; for staff', example: [] }),
}

/** For a list that is put. */
export const Existing = z.enum(['replace', 'keep']).default('replace').meta({
  description: 'keep: what is known already stays as it is, and only what is new is added',
})

export const Batch = z
  .object({ added: z.int(), changed: z.int() })
  .meta({ id: 'BatchResult', description: 'How many were new, and how many were changed' })
