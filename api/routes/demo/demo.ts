import type { Call, Clients } from '#api/clients.ts'
import { noSuchThing } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import { DemoSignIn, DemoView } from '#contracts/rest/demo.ts'
import { TokenView } from '#contracts/rest/users.ts'
import type { ListedUser } from '#generated/proto/customer/v1/customer_pb.ts'
import type { TokenSigner } from '#platform/auth/tokens.ts'
import { exampleToken, tokenFor } from '../auth/token.ts'

/** So many customers are shown; a demonstration has few users. */
const maxCustomers = 6
const off = { on: false, customers: [], staff: false }

type Dependencies = Pick<Clients, 'users' | 'customers'> & { signer: TokenSigner; demo: boolean }

/** Looking around without a password, as one of the users that there are; only where the demonstration is on. */
export function demoRoutes({ users, customers, signer, demo }: Dependencies): Route[] {
  const everybody = async (call: Call): Promise<ListedUser[]> =>
    (await users.listUsers({ pageSize: 50 }, call)).users.toSorted((one, other) =>
      one.id < other.id ? -1 : 1,
    )

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
      const all = await everybody(call)
      const shown = all.filter(({ role }) => role === 'customer').slice(0, maxCustomers)
      const found = await Promise.all(shown.map(({ id }) => customers.getCustomer({ customerId: id }, call)))
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
        staff: all.some(({ role }) => role === 'staff'),
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
    }).handledBy(async ({ body, call }) => {
      const isMeant = ({ role, id }: ListedUser) =>
        body.as === 'staff' ? role === 'staff' : role === 'customer' && id === body.customerId
      const user = demo ? (await everybody(call)).find(isMeant) : undefined
      if (user?.role !== 'staff' && user?.role !== 'customer')
        return noSuchThing('as', 'there is no demonstration, or nobody like that in it')
      return { status: 200, body: await tokenFor(signer, { role: user.role, id: user.id }) }
    }),
  ]
}
