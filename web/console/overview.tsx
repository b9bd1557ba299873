import { AreaChart } from '@mantine/charts'
import { Card, Group, Progress, SegmentedControl, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { defaultCurrency } from '#contracts/money.ts'
import type { CancelReason, OrderSource, OrderStatus } from '#contracts/order.ts'
import type { Overview } from '#contracts/rest/overview.ts'
import { openOrdersQuery, overviewQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { formatCount, formatDuration, formatMoney, timeOf } from '../ui/format.ts'
import { Page } from '../ui/page.tsx'
import '@mantine/charts/styles.css'
import { Loaded } from '../ui/loaded.tsx'
import type { OrderSearch } from './order-search.ts'

const words = texts.console.overview
const spans = ['15', '60', '360'] as const

/** What happens in the shop, in numbers and pictures; each leads to the orders behind it. */
export function OverviewPage() {
  const { minutes = 60 } = useSearch({ from: '/console/' })
  const navigate = useNavigate({ from: '/console/' })
  const overview = useQuery(overviewQuery(minutes))
  return (
    <Page
      title={words.title}
      aside={
        <SegmentedControl
          aria-label={words.span}
          value={String(minutes)}
          onChange={(value) => void navigate({ search: { minutes: Number(value) } })}
          data={spans.map((value) => ({ value, label: words.minutes(Number(value)) }))}
        />
      }
    >
      <Loaded query={overview} lines={10}>
        {(data) => <Numbers overview={data} minutes={minutes} />}
      </Loaded>
    </Page>
  )
}

function Numbers({ overview, minutes }: { overview: Overview; minutes: number }) {
  const { from, perMinute, completion, money, parcelsLost, placedBySource, cancelledByReason } = overview
  const sum = (field: 'placed' | 'completed' | 'cancelled') =>
    perMinute.reduce((all, step) => all + step[field], 0)
  const data = perMinute.map(({ at, placed, completed, cancelled }) => ({
    at: timeOf(at).slice(0, 5),
    [words.placed]: placed,
    [words.completed]: completed,
    [words.cancelled]: cancelled,
  }))
  return (
    <>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
        <Figure
          label={words.perMinute}
          value={
            <Link to="/console/orders" search={{ placedFrom: from }}>
              {(sum('placed') / minutes).toFixed(1)}
            </Link>
          }
        />
        <Figure
          label={words.completed}
          value={
            <Link to="/console/orders" search={{ status: ['completed'], updatedSince: from }}>
              {formatCount(sum('completed'))}
            </Link>
          }
        />
        <Figure
          label={words.cancelled}
          value={
            <Link to="/console/orders" search={{ status: ['cancelled'], updatedSince: from }}>
              {formatCount(sum('cancelled'))}
            </Link>
          }
        />
        <Figure label={words.p50} value={completion.p50 === null ? '–' : formatDuration(completion.p50)} />
        <Figure label={words.p99} value={completion.p99 === null ? '–' : formatDuration(completion.p99)} />
        <Figure
          label={words.lost(parcelsLost)}
          value={formatMoney(money.lost, defaultCurrency)}
          testId="lost"
        />
      </SimpleGrid>
      <Card withBorder padding="lg">
        <Group justify="space-between" mb="md">
          <Title order={2}>{words.orders}</Title>
          <Text size="sm" c="dimmed">
            {words.money(
              formatMoney(money.charged, defaultCurrency),
              formatMoney(money.refunded, defaultCurrency),
            )}
          </Text>
        </Group>
        <AreaChart
          h={260}
          data={data}
          dataKey="at"
          withLegend
          withDots={false}
          curveType="monotone"
          series={[
            { name: words.placed, color: 'petrol.7' },
            { name: words.completed, color: 'green.7' },
            { name: words.cancelled, color: 'red.7' },
          ]}
        />
      </Card>
      <SimpleGrid cols={{ base: 1, md: 3 }}>
        <OpenOrders />
        <Bars
          title={words.reasons}
          counts={cancelledByReason}
          nameOf={(reason) => texts.reasonLabels[reason as CancelReason] ?? reason}
          searchFor={(reason) => ({ reason: [reason as CancelReason], updatedSince: from })}
          color="red.7"
          none={words.none}
        />
        <Bars
          title={words.sources}
          counts={placedBySource}
          nameOf={(source) => texts.sources[source as OrderSource] ?? source}
          searchFor={(source) => ({ source: [source as OrderSource], placedFrom: from })}
          color="petrol.7"
          none={words.none}
        />
      </SimpleGrid>
    </>
  )
}

/** As they are now, by where they are. */
function OpenOrders() {
  const open = useQuery(openOrdersQuery)
  return (
    <Loaded query={open}>
      {({ byStatus }) => (
        <Bars
          title={words.open}
          counts={byStatus}
          nameOf={(status) => texts.status[status as OrderStatus] ?? status}
          searchFor={(status) => ({ status: [status as OrderStatus] })}
          color="blue.7"
          none={words.noneOpen}
        />
      )}
    </Loaded>
  )
}

const Figure = ({ label, value, testId }: { label: string; value: ReactNode; testId?: string }) => (
  <Card withBorder padding="sm">
    <Text size="xs" c="dimmed">
      {label}
    </Text>
    <Text fz={24} fw={700} className="fact" data-testid={testId} component="div">
      {value}
    </Text>
  </Card>
)

type BarsProps = {
  title: string
  counts: Readonly<Record<string, number>>
  nameOf: (key: string) => string
  /** The orders behind a number. */
  searchFor: (key: string) => OrderSearch
  color: string
  none: string
}

/** How many of each kind, the most first. */
function Bars({ title, counts, nameOf, searchFor, color, none }: BarsProps) {
  const bars = Object.entries(counts).toSorted(([, one], [, other]) => other - one)
  const most = bars[0]?.[1] ?? 1
  return (
    <Card withBorder padding="lg">
      <Title order={2} mb="md">
        {title}
      </Title>
      {bars.length === 0 && <Text c="dimmed">{none}</Text>}
      <Stack gap="sm" className="fact-list">
        {bars.map(([key, count]) => (
          <div key={key}>
            <Group justify="space-between" mb={4}>
              <Link to="/console/orders" search={searchFor(key)}>
                {nameOf(key)}
              </Link>
              <Text fw={600} className="fact">
                {formatCount(count)}
              </Text>
            </Group>
            <Progress value={(count / most) * 100} color={color} aria-hidden />
          </div>
        ))}
      </Stack>
    </Card>
  )
}
