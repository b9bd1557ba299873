import { z } from 'zod'
import { roles } from '#contracts/caller.ts'
import { idForm, idInWords, isId } from '#contracts/ids.ts'
import { lengths } from '#contracts/lengths.ts'
import { composed, isBetween, isEmail } from '#platform/texts.ts'
import type { Clients } from '../clients.ts'
import { type Route, route } from '../route.ts'
import { Batch, Existing } from '../schemas.ts'

const UserName = z
  .string()
  .overwrite(composed)
  .refine((name) => isId(name) || isEmail(name), { error: `must be ${idInWords}, or an e-mail address` })
  .meta({ description: 'Nobody minds capitals', example: 'ada' })

const { least, most } = lengths.password
const Password = z
  .string()
  .refine((text) => isBetween(text, least, most), { error: `must be ${least} to ${most} characters` })
  .meta({ format: 'password', example: 'correct horse battery' })

/** In ms, of all passwords of a request together: slow hashes are their purpose. */
const HASHING_MAY_TAKE = 9_000

const NewUser = z
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

/** Who may sign in. */
export function userRoutes({ users }: Pick<Clients, 'users'>): Route[] {
  return [
    route({
      method: 'put',
      path: '/v1/users',
      name: 'putUsers',
      access: 'staff',
      tag: 'auth',
      summary: 'Add users, or give them a new password',
      body: z.strictObject({ users: z.array(NewUser).min(1).max(100), existing: Existing }),
      example: {
        users: [{ userName: 'ada', password: 'correct horse battery', role: 'customer', id: '17850' }],
      },
      answers: { 200: { description: 'Done', schema: Batch, example: { added: 1, changed: 0 } } },
      refusals: ['unavailable'],
    }).handledBy(async ({ body, call }) => {
      const { added, changed } = await users.putUsers(
        { users: body.users, keepExisting: body.existing === 'keep' },
        { ...call, timeoutMs: HASHING_MAY_TAKE },
      )
      return { status: 200, body: { added, changed } }
    }),
  ]
}
