import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { isoOf } from '#api/http/from-protobuf.ts'
import { type Route, route } from '#api/http/route.ts'
import { partialOf } from '#api/http/unreadable.ts'
import type { Role } from '#contracts/actor.ts'
import { Batch, Cursor, Existing, limit } from '#contracts/rest/fields.ts'
import { NewUser, type User, UserChange, UserName, UserPage, UserView } from '#contracts/rest/users.ts'
import type { ListedUser } from '#generated/proto/customer/v1/customer_pb.ts'

/** In ms, of all passwords of a request together: slow hashes are their purpose. */
const HASHING_MAY_TAKE = 9_000

/** In s. After so long at the latest, every process that checks tokens has heard of it. */
const TOKENS_END_WITHIN = 10

function viewOf(user: ListedUser | undefined): User {
  if (!user) throw new Error('the customer service answered without a user')
  const { userName, role, id, disabledAt } = user
  return { userName, role: role as Role, id, disabledAt: isoOf(disabledAt) }
}

const ada: User = { userName: 'ada', role: 'customer', id: '17850', disabledAt: null }
const params = z.strictObject({ userName: UserName })

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
            users: [ada],
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

    route({
      method: 'get',
      path: '/v1/users/{userName}',
      name: 'getUser',
      access: 'staff',
      tag: 'auth',
      summary: 'One of those who may sign in, by name or by id',
      description:
        'A name goes before an id. Several names may have one id: then it is refused, and names them.',
      params,
      answers: { 200: { description: 'The user', schema: UserView, example: ada } },
      refusals: ['not-found', 'conflict', 'unavailable'],
    }).handledBy(async ({ params: { userName }, call }) => {
      const { user } = await users.getUser({ nameOrId: userName }, call)
      return { status: 200, body: viewOf(user) }
    }),

    route({
      method: 'patch',
      path: '/v1/users/{userName}',
      name: 'changeUser',
      access: 'staff',
      tag: 'auth',
      summary: 'Keep a user from signing in, or let them again',
      description: `Who is disabled cannot sign in, and the tokens given to them under this name stop working within ${TOKENS_END_WITHIN} s, for good. Nobody can disable themselves, nor the last of the staff.`,
      params,
      body: UserChange,
      example: { disabled: true },
      answers: {
        200: {
          description: 'As they are now',
          schema: UserView,
          example: { ...ada, disabledAt: '2010-12-01T08:00:00.000Z' },
        },
      },
      refusals: ['not-found', 'conflict', 'unavailable'],
    }).handledBy(async ({ params: { userName }, body: { disabled }, caller, call }) => {
      const { user } = await users.setUserDisabled({ userName, disabled, by: caller.id }, call)
      return { status: 200, body: viewOf(user) }
    }),

    route({
      method: 'delete',
      path: '/v1/users/{userName}',
      name: 'removeUser',
      access: 'staff',
      tag: 'auth',
      summary: 'Remove a user',
      description: `Their customer, orders and histories stay. Their tokens stop working within ${TOKENS_END_WITHIN} s. Nobody can remove themselves, nor the last of the staff.`,
      params,
      answers: { 204: { description: 'Gone' } },
      refusals: ['not-found', 'conflict', 'unavailable'],
    }).handledBy(async ({ params: { userName }, caller, call }) => {
      await users.removeUser({ userName, by: caller.id }, call)
      return { status: 204 }
    }),
  ]
}
