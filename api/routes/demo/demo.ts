import type { Call, Clients } from '#api/clients.ts'
import { tooManyRequests } from '#api/http/guard.ts'
import type { SignInLimiter } from '#api/http/limits.ts'
import { noSuchThing } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import { DemoSignIn, DemoView } from '#contracts/rest/demo.ts'
import { CallerView, TokenView } from '#contracts/rest/users.ts'
import type { ListedUser } from '#generated/proto/customer/v1/customer_pb.ts'
import type { TokenSigner } from '#platform/auth/tokens.ts'
import { exampleToken, tokenFor } from '../auth/token.ts'

/** So many customers are shown; a demonstration has few users. */
const maxCustomers = 6
const off = { on: false, customers: [], staff: false }

type Dependencies = Pick<Clients, 'users' | 'customers'> & {
  signer: TokenSigner
  signIns: SignInLimiter
  demo: boolean
}

/** Looking around without a password, as one of the users that there are; only where the demonstration is on. */
export function demoRoutes({ users, customers, signer, signIns, demo }: Dependencies): Route[] {
  /** Whom the demonstration shows, and nobody else may be taken for. */
  const shownTo = async (call: Call): Promise<{ customers: ListedUser[]; staff: ListedUser | undefined }> => {
    const listed = await users.listUsers({ pageSize: 50 }, call)
    const all = listed.users
      .filter(({ disabledAt }) => !disabledAt)
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    return {
      customers: all.filter(({ role }) => role === 'customer').slice(0, maxCustomers),
      staff: all.find(({ role }) => role === 'staff'),
    }
  }
  const find = async (as: DemoSignIn, call: Call) => {
    const shown = await shownTo(call)
    return as.as === 'staff' ? shown.staff : shown.customers.find(({ id }) => id === as.customerId)
  }

  return [
    route({
      method: 'get',
      path: '/v1/demo',
      name: 'getDemo',
      access: 'public',
      tag: 'auth',
      summary: 'As whom one may look around without a password',
      answers: {
        200: {
          description: 'Nobody where the demonstration is off',
          schema: DemoView,
          example: {
            on: true,
            customers: [
              { customerId: '17850', name: 'Ada Example', city: 'London', country: 'United Kingdom' },
            ],
            staff: true,
          },
        },
      },
      refusals: ['unavailable'],
    }).handledBy(async ({ call }) => {
      if (!demo) return { status: 200, body: off }
      const shown = await shownTo(call)
      const found = await Promise.all(
        shown.customers.map(({ id }) => customers.getCustomer({ customerId: id }, call)),
      )
      const body = {
        on: true,
        customers: found.flatMap(({ customer }) =>
          customer
            ? {
                customerId: customer.customerId,
                name: customer.name,
                city: customer.addresses[0]?.city ?? '',
                country: customer.addresses[0]?.country ?? '',
              }
            : [],
        ),
        staff: shown.staff !== undefined,
      }
      return { status: 200, body }
    }),

    route({
      method: 'post',
      path: '/v1/demo/sign-in',
      name: 'demoSignIn',
      access: 'public',
      tag: 'auth',
      summary: 'Sign in without a password, where the demonstration is on',
      body: DemoSignIn,
      example: { as: 'customer', customerId: '17850' },
      answers: { 200: { description: 'The token', schema: TokenView, example: exampleToken } },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ body, address, call }) => {
      if (!demo) return nobody
      const userName = `demo/${body.as === 'staff' ? 'staff' : body.customerId}`
      const attempt = await signIns.attempt({ userName, address }, () => find(body, call))
      if ('retryIn' in attempt) return tooManyRequests(attempt.retryIn)
      const { answer } = attempt
      const known = CallerView.safeParse(answer)
      if (!answer || !known.success) return nobody
      return { status: 200, body: await tokenFor(signer, { ...known.data, userName: answer.userName }) }
    }),
  ]
}

const nobody = noSuchThing('as', 'there is no demonstration, or nobody like that in it')
