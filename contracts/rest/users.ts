import { z } from 'zod'
import { composed, isBetween, isEmail } from '#platform/values/texts.ts'
import { roles } from '../actor.ts'
import { idForm, idInWords, isId } from '../ids.ts'
import { lengths } from '../limits.ts'
import { At, NextCursor, partialFields, text } from './fields.ts'

export const UserName = z
  .string()
  .overwrite(composed)
  .refine((name) => isId(name) || isEmail(name), { error: `must be ${idInWords}, or an e-mail address` })
  .meta({ description: 'Nobody minds capitals', example: 'ada' })

const { min, max } = lengths.password

export const Password = z
  .string()
  .refine((text) => isBetween(text, min, max), { error: `must be ${min} to ${max} characters` })
  .meta({ format: 'password', example: 'correct horse battery' })

export const NewUser = z
  .strictObject({
    userName: UserName,
    password: Password,
    role: z.enum(roles),
    id: z.string().regex(idForm, `must be ${idInWords}`).meta({
      description: 'Of a customer the customer id; of staff the name that histories show',
      example: '17850',
    }),
  })
  .meta({ id: 'NewUser' })
export type NewUser = z.output<typeof NewUser>

export const UserChange = z
  .strictObject({
    disabled: z.boolean().meta({ description: 'true: they cannot sign in, and their tokens stop working' }),
  })
  .meta({ id: 'UserChange' })

export const UserView = z
  .object({
    userName: z.string(),
    role: z.enum(roles),
    id: z.string(),
    disabledAt: At.nullable().meta({ description: 'Since when they cannot sign in; null when they can' }),
  })
  .meta({ id: 'User', description: 'The customer or the member of staff who signs in under a name' })
export type User = z.output<typeof UserView>

export const CallerView = z
  .object({
    role: z.enum(roles),
    id: z
      .string()
      .meta({ description: 'Of a customer the customer id; of staff the name that histories show' }),
  })
  .meta({ id: 'Caller' })

export const TokenView = CallerView.extend({
  accessToken: z.string().meta({ description: 'A JWT, for "Authorization: Bearer <token>"' }),
  tokenType: z.literal('Bearer'),
  expiresIn: z.int().meta({ description: 'Seconds' }),
}).meta({ id: 'AccessToken' })

export const KeySet = z
  .object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string() })) })
  .meta({ id: 'KeySet', description: 'RFC 7517' })

export const SignIn = z
  .strictObject({ userName: text({ max: 254 }), password: z.string().min(1).max(1_000) })
  .meta({ id: 'SignIn' })
export type SignIn = z.output<typeof SignIn>

export const UserPage = z.object({
  users: z.array(UserView),
  nextCursor: NextCursor,
  ...partialFields,
})
export type UserPage = z.output<typeof UserPage>
