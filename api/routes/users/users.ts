import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { type Route, route } from '#api/http/route.ts'
import { partialOf } from '#api/http/unreadable.ts'
import type { Role } from '#contracts/actor.ts'
import { Batch, Cursor, Existing, limit } from '#contracts/rest/fields.ts'
import { NewUser, type User, UserPage } from '#contracts/rest/users.ts'
import type { ListedUser } from '#generated/proto/customer/v1/customer_pb.ts'

/** In ms, of all passwords of a request together: slow hashes are their purpose. */
const HASHING_MAY_TAKE = 9_000

const viewOf = ({ userName, role, id }: ListedUser): User => ({
  userName,
  role: role as Role,
  id,
})

/** Who may sign in. */
export function userRoutes({ users }: Pick<Clients, 'users'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/users',
      name: 'listUsers',
      access: 'staff',
      tag: 'auth',
      summary: 'Who may sign in, by name',
      query: z.strictObject({ cursor: Cursor.optional(), limit: limit(50, 200) }),
      answers: {
        200: {
          description: 'A page of users',
          schema: UserPage,
          example: {
            users: [{ userName: 'ada', role: 'customer' as const, id: '17850' }],
            nextCursor: null,
            ...partialOf({}),
          },
        },
      },
      refusals: ['unavailable', 'invalid-body'],
    }).handledBy(async ({ query: { cursor = '', limit: pageSize }, call }) => {
      const page = await users.listUsers({ cursor, pageSize }, call)
      return {
        status: 200,
        body: {
          users: page.users.map(viewOf),
          nextCursor: page.nextCursor || null,
          ...partialOf(page),
        },
      }
    }),

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
