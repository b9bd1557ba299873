import { ActionIcon, AppShell, Box, Button, Container, Group, Indicator, Menu, Text } from '@mantine/core'
import {
  IconLogout,
  IconPackage,
  IconShoppingCart,
  IconTags,
  IconUserCircle,
  IconWallet,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { accountQuery, customerQuery } from '../api/queries.ts'
import { endSession } from '../api/session.ts'
import { texts } from '../texts/index.ts'
import { LiveBadge, OfflineBanner } from '../ui/connection.tsx'
import { Logo } from '../ui/logo.tsx'
import { SchemeToggle } from '../ui/scheme-toggle.tsx'
import { useSessionEnd } from '../ui/session-end.ts'
import { Money } from '../ui/values.tsx'
import { useBasket } from './basket.ts'
import { useCustomerId } from './me.ts'
import { useOrderToasts } from './toasts.tsx'

const { nav } = texts.shop
const pages = [
  { to: '/shop', label: nav.products, icon: IconTags, exact: true },
  { to: '/shop/orders', label: nav.orders, icon: IconPackage, exact: false },
  { to: '/shop/account', label: nav.account, icon: IconWallet, exact: false },
] as const

export function ShopLayout() {
  const customerId = useCustomerId()
  useOrderToasts()
  useSessionEnd('customer')
  return (
    <AppShell header={{ height: 60 }} footer={{ height: { base: 60, sm: 0 } }} padding="md">
      <a className="skip" href="#content">
        {texts.common.skip}
      </a>
      <AppShell.Header>
        <Container size="lg" h="100%">
          <Group h="100%" justify="space-between" wrap="nowrap">
            <Link to="/shop" className="plain" aria-label={texts.product}>
              <Logo />
            </Link>
            <Group component="nav" gap={4} visibleFrom="sm" aria-label={texts.common.main}>
              {pages.map(({ to, label, exact }) => (
                <Link key={to} to={to} activeOptions={{ exact }} className="tab">
                  {label}
                </Link>
              ))}
            </Group>
            <Group gap="xs" wrap="nowrap">
              <Box visibleFrom="md">
                <LiveBadge />
              </Box>
              <Balance customerId={customerId} />
              <BasketLink customerId={customerId} />
              <SchemeToggle />
              <Me customerId={customerId} />
            </Group>
          </Group>
        </Container>
      </AppShell.Header>
      <AppShell.Main id="content">
        <OfflineBanner />
        <Container size="lg" px={{ base: 0, sm: 'md' }}>
          <Outlet />
        </Container>
      </AppShell.Main>
      <AppShell.Footer hiddenFrom="sm">
        <Group component="nav" h="100%" grow gap={0} aria-label={texts.common.main}>
          {pages.map(({ to, label, icon: Icon, exact }) => (
            <Link key={to} to={to} activeOptions={{ exact }} className="foot-tab">
              <Icon size={22} stroke={1.6} aria-hidden />
              <span>{label}</span>
            </Link>
          ))}
        </Group>
      </AppShell.Footer>
    </AppShell>
  )
}

function Balance({ customerId }: { customerId: string }) {
  const { data } = useQuery(accountQuery(customerId))
  if (!data) return null
  return (
    <Button component={Link} to="/shop/account" variant="subtle" color="gray" px="xs" data-testid="balance">
      <Text size="sm" c="dimmed" mr={6} visibleFrom="md">
        {texts.shop.balance}
      </Text>
      <Money amount={data.balance} currency={data.currency} fw={650} />
    </Button>
  )
}

function BasketLink({ customerId }: { customerId: string }) {
  const { items } = useBasket(customerId)
  const pieces = items.reduce((sum, { quantity }) => sum + quantity, 0)
  return (
    <Indicator label={pieces} size={18} disabled={pieces === 0} offset={4}>
      <ActionIcon
        component={Link}
        to="/shop/basket"
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`${nav.basket}, ${texts.common.pieces(pieces)}`}
      >
        <IconShoppingCart size={21} stroke={1.7} />
      </ActionIcon>
    </Indicator>
  )
}

function Me({ customerId }: { customerId: string }) {
  const { data } = useQuery(customerQuery(customerId))
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={texts.common.account}>
          <IconUserCircle size={22} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{data?.name ?? customerId}</Menu.Label>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={endSession}>
          {texts.common.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
