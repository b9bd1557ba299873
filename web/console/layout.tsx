import './styles.ts'
import { ActionIcon, AppShell, Burger, Group, Menu, NavLink, ScrollArea, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconBuildingWarehouse,
  IconChartBar,
  IconDeviceGamepad2,
  IconLogout,
  IconMail,
  IconMailX,
  IconPackages,
  IconServer,
  IconTruckReturn,
  IconUserCircle,
  IconUserShield,
  IconUsers,
  IconWallet,
  IconWebhook,
} from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { demoQuery } from '../api/demo.ts'
import { ordersQuery } from '../api/queries.ts'
import { endSession, useSession } from '../api/session.ts'
import { texts } from '../texts/index.ts'
import { LiveBadge, OfflineBanner } from '../ui/connection.tsx'
import { Logo } from '../ui/logo.tsx'
import { SchemeToggle } from '../ui/scheme-toggle.tsx'
import { useSessionEnd } from '../ui/session-end.ts'

const { nav } = texts.console
const pages = [
  { to: '/console', label: nav.overview, icon: IconChartBar },
  { to: '/console/orders', label: nav.orders, icon: IconPackages },
  { to: '/console/stuck', label: nav.stuck, icon: IconAlertTriangle },
  { to: '/console/returns', label: nav.returns, icon: IconTruckReturn },
  { to: '/console/stock', label: nav.stock, icon: IconBuildingWarehouse },
  { to: '/console/accounts', label: nav.accounts, icon: IconWallet },
  { to: '/console/customers', label: nav.customers, icon: IconUsers },
  { to: '/console/users', label: nav.users, icon: IconUserShield },
  { to: '/console/mails', label: nav.mails, icon: IconMail },
  { to: '/console/dead-letters', label: nav.deadLetters, icon: IconMailX },
  { to: '/console/webhooks', label: nav.webhooks, icon: IconWebhook },
  { to: '/console/system', label: nav.system, icon: IconServer },
  { to: '/console/play', label: nav.play, icon: IconDeviceGamepad2 },
] as const

export function ConsoleLayout() {
  useSessionEnd('staff')
  const [isOpen, menu] = useDisclosure()
  const demo = useQuery(demoQuery)
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a className="skip" href="#content">
        {texts.common.skip}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group wrap="nowrap" gap="xs">
            <Burger
              opened={isOpen}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={texts.common.menu}
            />
            <Link to="/console" className="plain" aria-label={texts.product}>
              <Logo />
            </Link>
            <Text c="dimmed" visibleFrom="sm">
              {texts.console.title}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <LiveBadge />
            <SchemeToggle />
            <Me />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label={texts.common.main}>
        <ScrollArea p="xs">
          {pages
            .filter(({ to }) => to !== '/console/play' || demo.data?.on)
            .map((page) => (
              <Page key={page.to} {...page} onClick={menu.close} />
            ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="content">
        <OfflineBanner />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  )
}

type PageProps = (typeof pages)[number] & { onClick: () => void }

function Page({ to, label, icon: Icon, onClick }: PageProps) {
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const isHere = to === '/console' ? path === to : path === to || path.startsWith(`${to}/`)
  return (
    <NavLink
      component={Link}
      to={to}
      activeOptions={{ exact: to === '/console' }}
      label={label}
      leftSection={<Icon size={18} stroke={1.6} />}
      rightSection={to === '/console/stuck' && <StuckCount />}
      active={isHere}
      aria-current={isHere ? 'page' : undefined}
      onClick={onClick}
      className="nav-link"
    />
  )
}

/** How many orders do not move now: nobody should have to look for it. */
function StuckCount() {
  const { data } = useInfiniteQuery({ ...ordersQuery({ stuck: true }, 100), refetchInterval: 15_000 })
  const [page] = data?.pages ?? []
  if (!page || page.orders.length === 0) return null
  return (
    <Text span size="xs" fw={700} c="orange">
      {page.orders.length}
      {page.nextCursor && '+'}
    </Text>
  )
}

function Me() {
  const session = useSession()
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={texts.common.account}>
          <IconUserCircle size={22} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session?.id}</Menu.Label>
        <Menu.Item leftSection={<IconArrowBackUp size={16} />} component="a" href="/docs/">
          {texts.start.docs}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={endSession}>
          {texts.common.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
