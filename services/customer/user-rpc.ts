import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { UserService } from '#generated/proto/customer/v1/customer_pb.ts'
import { pagesOf } from '#platform/grpc/pages.ts'
import { refusal, refuseIfAny } from '#platform/grpc/refusals.ts'
import type { ListedUser, UserRefusal, UserStore } from './data/users.ts'
import { isRole, isUserName, userProblems } from './domain/user-rules.ts'

const pages = pagesOf<{ userName: string }>({
  name: 'users',
  usual: 50,
  largest: 200,
  write: ({ userName }) => userName,
  read: (userName) => (isUserName(userName) ? { userName } : undefined),
})

/** Who may sign in, for the gateway. */
export const userRoutes = (store: UserStore) => (router: ConnectRouter) =>
  router.service(UserService, {
    putUsers: async ({ users, keepExisting }) => {
      refuseIfAny(userProblems(users))
      const given = users.map(({ userName, password, role, id }) => {
        if (!isRole(role)) throw new TypeError('userProblems lets no other role through')
        return { userName, password, role, id }
      })
      return keepExisting ? { added: await store.add(given), changed: 0 } : store.put(given)
    },
    listUsers: async (request) => {
      const asked = pages(request)
      refuseIfAny(asked.problems)
      const { limit, after } = asked
      const { users, missing } = await store.list({ after: after?.userName ?? '', limit })
      const { page, nextCursor } = asked.of(users)
      return { users: page.map(asMessage), nextCursor, missing }
    },
    getUser: async ({ nameOrId }) => {
      const [user, ...others] = await store.find(nameOrId)
      if (!user) throw noUser(nameOrId)
      if (others.length > 0) throw several(nameOrId, [user, ...others])
      return { user: asMessage(user) }
    },
    setUserDisabled: async ({ userName, disabled, by }) => {
      const user = await store.setDisabled(userName, disabled, by)
      if ('refused' in user) throw notShutOut(userName, user, 'disable')
      return { user: asMessage(user) }
    },
    removeUser: async ({ userName, by }) => {
      const removed = await store.remove(userName, by)
      if (removed !== 'removed') throw notShutOut(userName, removed, 'remove')
      return {}
    },
    listRevocations: async () => {
      const { revocations, missing } = await store.revocations()
      return {
        revocations: revocations.map(({ userName, revokedAt }) => ({
          userName,
          revokedAt: timestampFromDate(revokedAt),
        })),
        missing,
      }
    },
    signIn: async ({ userName, password }) => {
      const caller = await store.signIn(userName, password)
      if (!caller) throw new ConnectError('the user name or the password is wrong', Code.Unauthenticated)
      if (caller === 'disabled') throw new ConnectError('the user is disabled', Code.PermissionDenied)
      return caller
    },
  })

const asMessage = ({ userName, role, id, disabledAt }: ListedUser) => ({
  userName,
  role,
  id,
  ...(disabledAt && { disabledAt: timestampFromDate(disabledAt) }),
})

const noUser = (userName: string) => refusal(Code.NotFound, `user_name: there is no user ${userName}`)

const several = (id: string, users: readonly ListedUser[]) =>
  refusal(
    Code.FailedPrecondition,
    `user_name: ${id} is the id of ${users.map(({ userName }) => userName).join(', ')}; say which`,
  )

function notShutOut(userName: string, { refused }: UserRefusal, what: 'disable' | 'remove'): ConnectError {
  switch (refused) {
    case 'unknown':
      return noUser(userName)
    case 'own':
      return refusal(Code.FailedPrecondition, `user_name: nobody can ${what} themselves`)
    case 'last-staff':
      return refusal(
        Code.FailedPrecondition,
        `user_name: ${userName} is the last of the staff who may sign in; add another first`,
      )
    default:
      return refused satisfies never
  }
}
