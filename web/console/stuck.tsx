import { Badge, Button, Card, Code, Group, Stack, Table, Text, Title } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { OrderSummary } from '#contracts/rest/orders.ts'
import { ordersQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { formatMoney, shortId } from '../ui/format.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { Empty } from '../ui/states.tsx'
import { Money, When } from '../ui/values.tsx'
import { WideTable } from '../ui/wide-table.tsx'
import { BulkDialog } from './bulk.tsx'
import { plainCauseOf } from './plain-cause.ts'
import { groupByCause, type StuckGroup } from './stuck-groups.ts'

const words = texts.console.stuck

export function StuckPage() {
  const stuck = useInfiniteQuery({ ...ordersQuery({ stuck: true }, 200), refetchInterval: 5_000 })
  return (
    <Page title={words.title} lead={words.lead}>
      <Loaded query={stuck} lines={8}>
        {({ pages }) => <Groups groups={groupByCause(pages.flatMap((page) => page.orders))} />}
      </Loaded>
      {stuck.hasNextPage && <Text c="dimmed">{words.more}</Text>}
    </Page>
  )
}

function Groups({ groups }: { groups: readonly StuckGroup[] }) {
  if (groups.length === 0) return <Empty title={words.empty}>{words.emptyHint}</Empty>
  return groups.map((group) => <CauseCard key={`${group.step} ${group.cause}`} group={group} />)
}

const shownAtFirst = 10

function CauseCard({ group: { step, cause, since, held, orders } }: { group: StuckGroup }) {
  const [asked, setAsked] = useState<'cancel' | 'resume' | 'retry' | null>(null)
  const [all, setAll] = useState(false)
  const currency = orders[0]?.currency ?? 'GBP'
  return (
    <Card withBorder padding="lg" component="section" aria-label={cause} data-testid="stuck-group">
      <Group justify="space-between" align="start" mb="sm">
        <div>
          <Title order={2}>{words.group(texts.console.saga.stepNames[step] ?? step, orders.length)}</Title>
          <Group gap="xs" mt={4}>
            <Text size="sm" c="dimmed">
              {words.since} <When at={since} relative />
            </Text>
            <Badge variant="light" color="orange">
              {words.held(formatMoney(held, currency))}
            </Badge>
          </Group>
          <Text mt="xs">{plainCauseOf(step, cause)}</Text>
          <Code block mt="xs">
            {cause}
          </Code>
        </div>
        <Group gap="xs">
          {step === 'workflow' ? (
            <Button onClick={() => setAsked('resume')}>{words.resumeAll}</Button>
          ) : (
            <Button onClick={() => setAsked('retry')}>{words.retryAll}</Button>
          )}
          <Button color="red" variant="light" onClick={() => setAsked('cancel')}>
            {words.cancelAll}
          </Button>
        </Group>
      </Group>
      <Stack gap="xs">
        <WideTable minWidth={560} aria-label={cause}>
          <Table.Tbody>
            {(all ? orders : orders.slice(0, shownAtFirst)).map((order) => (
              <StuckRow key={order.orderId} order={order} />
            ))}
          </Table.Tbody>
        </WideTable>
        {!all && orders.length > shownAtFirst && (
          <Button variant="subtle" onClick={() => setAll(true)}>
            {texts.common.more}
          </Button>
        )}
      </Stack>
      {asked && <BulkDialog action={asked} orders={orders} onClose={() => setAsked(null)} />}
    </Card>
  )
}

const StuckRow = ({ order: { orderId, customerId, stuck, total, currency } }: { order: OrderSummary }) => (
  <Table.Tr>
    <Table.Td>
      <Link to="/console/orders/$orderId" params={{ orderId }}>
        {shortId(orderId)}
      </Link>
    </Table.Td>
    <Table.Td>{customerId}</Table.Td>
    <Table.Td>{stuck && <When at={stuck.since} relative />}</Table.Td>
    <Table.Td>
      <Text size="sm">{stuck?.error}</Text>
    </Table.Td>
    <Table.Td ta="right">
      <Money amount={total} currency={currency} fw={600} />
    </Table.Td>
  </Table.Tr>
)
