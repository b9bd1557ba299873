import { Badge, Group, MultiSelect, SegmentedControl, Stack, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { ReturnOfOrder } from '#contracts/rest/returns.ts'
import { returnStatuses } from '#contracts/return.ts'
import { returnsQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { shortId } from '../ui/format.ts'
import { MissingShards } from '../ui/missing-shards.tsx'
import { Page } from '../ui/page.tsx'
import { Money, When } from '../ui/values.tsx'
import { ReturnActions } from './return-cards.tsx'
import { type ReturnSearch, toDo } from './return-search.ts'

const words = texts.console.returns

const columns: Column<ReturnOfOrder>[] = [
  {
    header: words.ofOrder,
    cell: ({ orderId, number }) => (
      <Link to="/console/orders/$orderId" params={{ orderId }}>
        {shortId(orderId)} · {number}
      </Link>
    ),
  },
  {
    header: words.customer,
    cell: ({ customerId }) => (
      <Link to="/console/orders" search={{ customerId }}>
        {customerId}
      </Link>
    ),
  },
  {
    header: words.status,
    cell: ({ status, since }) => (
      <Stack gap={0} align="start">
        <Badge variant="light">{words.states[status]}</Badge>
        <Text size="xs" c="dimmed">
          <When at={since} relative />
        </Text>
      </Stack>
    ),
  },
  {
    header: words.goods,
    cell: ({ lines, reason }) => (
      <>
        {lines.map(({ productId, quantity }) => `${quantity} × ${productId}`).join(', ')}
        <Text size="xs" c="dimmed">
          {reason}
        </Text>
      </>
    ),
  },
  { header: words.asked, cell: ({ requestedAt }) => <When at={requestedAt} /> },
  {
    header: words.worth,
    align: 'right',
    cell: ({ amount, currency }) => <Money amount={amount} currency={currency} />,
  },
  { header: words.actions, cell: (one) => <ReturnActions orderId={one.orderId} one={one} /> },
]

/** What comes back, of all orders: to decide about, and to receive; what is asked for stands in the address. */
export function ReturnsPage() {
  const search = useSearch({ from: '/console/returns' })
  const { status = toDo, sort = 'requestedAt' } = search
  const returns = useInfiniteQuery(returnsQuery({ status, sort }))
  return (
    <Page title={words.title} lead={words.lead}>
      <Filters status={status} sort={sort} />
      <MissingShards list={returns.data} />
      <DataTable
        list={returns}
        rowsOf={(page) => page.returns}
        keyOf={({ orderId, number }) => `${orderId} ${number}`}
        columns={columns}
        empty={words.empty}
        emptyHint={words.emptyHint}
        label={words.title}
      />
    </Page>
  )
}

function Filters({ status, sort }: Required<ReturnSearch>) {
  const navigate = useNavigate({ from: '/console/returns' })
  const set = (change: ReturnSearch) =>
    void navigate({ search: (before: ReturnSearch) => ({ ...before, ...change }), replace: true })
  return (
    <Group align="end" gap="sm">
      <MultiSelect
        label={words.status}
        data={returnStatuses.map((value) => ({ value, label: words.states[value] }))}
        value={status}
        onChange={(chosen) => set({ status: chosen })}
        miw={280}
      />
      <SegmentedControl
        aria-label={words.sort}
        data={[
          { value: 'requestedAt', label: words.oldest },
          { value: '-requestedAt', label: words.newest },
        ]}
        value={sort}
        onChange={(value) => set({ sort: value === 'requestedAt' ? 'requestedAt' : '-requestedAt' })}
      />
    </Group>
  )
}
