import { Card, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { OrderStatus } from '#contracts/order.ts'
import { ordersQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { shortId } from '../ui/format.ts'
import { Loaded } from '../ui/loaded.tsx'
import { MoreButton } from '../ui/more-button.tsx'
import { Empty } from '../ui/states.tsx'
import { Money, StatusBadge, When } from '../ui/values.tsx'

const words = texts.shop.orders

const views: Record<string, { label: string; status: readonly OrderStatus[] }> = {
  all: { label: words.all, status: [] },
  open: { label: words.open, status: ['pending', 'reserved', 'paid', 'shipping', 'cancelling'] },
  decide: { label: words.needsYou, status: ['awaiting_customer'] },
  completed: { label: words.done, status: ['completed'] },
  cancelled: { label: words.cancelled, status: ['cancelled'] },
}

export function OrdersPage() {
  const { show = 'all' } = useSearch({ from: '/shop/orders' })
  const navigate = useNavigate({ from: '/shop/orders' })
  const orders = useInfiniteQuery(ordersQuery({ status: views[show]?.status ?? [] }, 30))
  const found = orders.data?.pages.flatMap((page) => page.orders) ?? []
  return (
    <Stack maw={860} mx="auto">
      <Title order={1}>{words.title}</Title>
      <div style={{ overflowX: 'auto' }}>
        <SegmentedControl
          aria-label={words.filter}
          value={show}
          onChange={(value) => void navigate({ search: value === 'all' ? {} : { show: value } })}
          data={Object.entries(views).map(([value, { label }]) => ({ value, label }))}
        />
      </div>
      <Loaded query={orders}>
        {() =>
          found.length === 0 ? (
            <Empty title={words.empty}>{words.emptyHint}</Empty>
          ) : (
            <Card withBorder padding={0} component="ul" m={0} style={{ listStyle: 'none' }}>
              {found.map(({ orderId, placedAt, status, total, currency }) => (
                <li key={orderId}>
                  <Link to="/shop/orders/$orderId" params={{ orderId }} className="row">
                    <div style={{ flex: 1 }}>
                      <Text fw={600}>{texts.shop.order.title(shortId(orderId))}</Text>
                      <Text size="sm" c="dimmed">
                        <When at={placedAt} />
                      </Text>
                    </div>
                    <Group gap="md" wrap="nowrap">
                      <StatusBadge status={status} />
                      <Money amount={total} currency={currency} fw={600} ta="right" miw={80} />
                    </Group>
                  </Link>
                </li>
              ))}
            </Card>
          )
        }
      </Loaded>
      <MoreButton list={orders} />
    </Stack>
  )
}
