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
import { orderSearchOf } from '../console/order-search.ts'
import { returnSearchOf } from '../console/return-search.ts'
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

const searching = (search: Record<string, unknown>): { q?: string } => {
  const q = text(search.q)
  return q ? { q } : {}
}

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
    validateSearch: searching,
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

const staff = createRoute({
  getParentRoute: () => root,
  path: '/console',
  beforeLoad: only('staff'),
  component: lazyRouteComponent(() => import('../console/layout.tsx'), 'ConsoleLayout'),
})

const consolePages = [
  createRoute({
    getParentRoute: () => staff,
    path: '/',
    validateSearch: ({ minutes }): { minutes?: number } =>
      typeof minutes === 'number' && minutes >= 1 && minutes <= 1_440 ? { minutes } : {},
    component: lazyRouteComponent(() => import('../console/overview.tsx'), 'OverviewPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/orders',
    validateSearch: orderSearchOf,
    component: lazyRouteComponent(() => import('../console/orders.tsx'), 'OrdersPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/orders/$orderId',
    component: lazyRouteComponent(() => import('../console/order.tsx'), 'OrderPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/stuck',
    component: lazyRouteComponent(() => import('../console/stuck.tsx'), 'StuckPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/returns',
    validateSearch: returnSearchOf,
    component: lazyRouteComponent(() => import('../console/returns.tsx'), 'ReturnsPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/stock',
    validateSearch: searching,
    component: lazyRouteComponent(() => import('../console/stock.tsx'), 'StockPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/accounts',
    component: lazyRouteComponent(() => import('../console/accounts.tsx'), 'AccountsPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/accounts/$customerId',
    component: lazyRouteComponent(() => import('../console/account.tsx'), 'AccountPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/customers',
    validateSearch: searching,
    component: lazyRouteComponent(() => import('../console/customers.tsx'), 'CustomersPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/users',
    component: lazyRouteComponent(() => import('../console/users.tsx'), 'UsersPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/mails',
    component: lazyRouteComponent(() => import('../console/mails.tsx'), 'MailsPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/dead-letters',
    component: lazyRouteComponent(() => import('../console/dead-letters.tsx'), 'DeadLettersPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/play',
    component: lazyRouteComponent(() => import('../console/play.tsx'), 'PlayPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/system',
    component: lazyRouteComponent(() => import('../console/system.tsx'), 'SystemPage'),
  }),
  createRoute({
    getParentRoute: () => staff,
    path: '/webhooks',
    component: lazyRouteComponent(() => import('../console/webhooks.tsx'), 'WebhooksPage'),
  }),
] as const

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([start, shop.addChildren(shopPages), staff.addChildren(consolePages)]),
    context: { queries },
    defaultPreload: 'intent',
    scrollRestoration: true,
  })
}
