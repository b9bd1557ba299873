import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import type { Role } from '#contracts/actor.ts'
import { currentSession } from '../api/session.ts'
import { StartPage } from '../shop/start.tsx'
import { Failure } from '../ui/states.tsx'

type Context = { queries: QueryClient }

const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  errorComponent: ({ error, reset }) => <Failure error={error} retry={reset} />,
  notFoundComponent: () => <Failure error={new Error('Nothing is at this address.')} />,
})

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: (search): { back?: string } => {
    // Only to pages of ours.
    const back = text(search.back)
    return back && /^\/(?!\/)/.test(back) ? { back } : {}
  },
  component: StartPage,
})

/** Whoever has no session, or another role, signs in first and comes back. */
const only = (role: Role) =>
  function beforeLoad({ location }: { location: { href: string } }): void {
    if (currentSession()?.role !== role) throw redirect({ to: '/', search: { back: location.href } })
  }

const shop = createRoute({
  getParentRoute: () => root,
  path: '/shop',
  beforeLoad: only('customer'),
  component: lazyRouteComponent(() => import('../shop/layout.tsx'), 'ShopLayout'),
})

const shopPages = [
  createRoute({
    getParentRoute: () => shop,
    path: '/',
    validateSearch: (search): { q?: string } => {
      const q = text(search.q)
      return q ? { q } : {}
    },
    component: lazyRouteComponent(() => import('../shop/products.tsx'), 'ProductsPage'),
  }),
  createRoute({
    getParentRoute: () => shop,
    path: '/basket',
    component: lazyRouteComponent(() => import('../shop/basket-page.tsx'), 'BasketPage'),
  }),
  createRoute({
    getParentRoute: () => shop,
    path: '/orders',
    validateSearch: (search): { show?: string } => {
      const show = text(search.show)
      return show ? { show } : {}
    },
    component: lazyRouteComponent(() => import('../shop/orders.tsx'), 'OrdersPage'),
  }),
  createRoute({
    getParentRoute: () => shop,
    path: '/orders/$orderId',
    component: lazyRouteComponent(() => import('../shop/order.tsx'), 'OrderPage'),
  }),
  createRoute({
    getParentRoute: () => shop,
    path: '/account',
    component: lazyRouteComponent(() => import('../shop/account.tsx'), 'AccountPage'),
  }),
] as const

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([start, shop.addChildren(shopPages)]),
    context: { queries },
    defaultPreload: 'intent',
    scrollRestoration: true,
  })
}
