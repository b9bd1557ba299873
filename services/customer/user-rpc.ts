import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { UserService } from '#generated/proto/customer/v1/customer_pb.ts'
import { pagesOf } from '#platform/grpc/pages.ts'
import { refuseIfAny } from '#platform/grpc/refusals.ts'
import type { UserStore } from './data/users.ts'
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
      return { users: page, nextCursor, missing }
    },
    signIn: async ({ userName, password }) => {
      const caller = await store.signIn(userName, password)
      if (!caller) throw new ConnectError('the user name or the password is wrong', Code.Unauthenticated)
      return caller
    },
  })
