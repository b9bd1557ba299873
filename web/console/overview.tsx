import { AreaChart, BarChart, DonutChart } from '@mantine/charts'
import { Card, Group, SegmentedControl, SimpleGrid, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { defaultCurrency } from '#contracts/money.ts'
import { type CancelReason, type OrderSource } from '#contracts/order.ts'
import type { Overview } from '#contracts/rest/overview.ts'
import { overviewQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { formatCount, formatDuration, formatMoney, timeOf } from '../ui/format.ts'
import { Page } from '../ui/page.tsx'
import { Failure, Loading } from '../ui/states.tsx'
import '@mantine/charts/styles.css'

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
      {overview.isPending ? (
        <Loading lines={10} />
      ) : overview.isError ? (
        <Failure error={overview.error} retry={() => void overview.refetch()} />
      ) : (
        <Numbers overview={overview.data} minutes={minutes} />
      )}
    </Page>
  )
}

function Numbers({ overview, minutes }: { overview: Overview; minutes: number }) {
  const { perMinute, completion, money, parcelsLost, placedBySource, cancelledByReason } = overview
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
        <Figure label={words.perMinute} value={(sum('placed') / minutes).toFixed(1)} />
        <Figure
          label={words.completed}
          value={
            <Link to="/console/orders" search={{ status: ['completed'] }}>
              {formatCount(sum('completed'))}
            </Link>
          }
        />
        <Figure
          label={words.cancelled}
          value={
            <Link to="/console/orders" search={{ status: ['cancelled'] }}>
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
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Card withBorder padding="lg">
          <Title order={2} mb="md">
            {words.reasons}
          </Title>
          {Object.keys(cancelledByReason).length === 0 && <Text c="dimmed">{words.none}</Text>}
          <BarChart
            h={Object.keys(cancelledByReason).length * 34 + 40}
            orientation="vertical"
            yAxisProps={{ width: 120 }}
            gridAxis="none"
            withXAxis={false}
            withBarValueLabel
            dataKey="reason"
            data={Object.entries(cancelledByReason).map(([reason, count]) => ({
              reason: texts.reasonLabels[reason as CancelReason] ?? reason,
              [words.orders]: count,
            }))}
            series={[{ name: words.orders, color: 'red.7' }]}
          />
        </Card>
        <Card withBorder padding="lg">
          <Title order={2} mb="md">
            {words.sources}
          </Title>
          {Object.keys(placedBySource).length === 0 && <Text c="dimmed">{words.none}</Text>}
          <DonutChart
            h={220}
            withLabelsLine
            withLabels
            data={Object.entries(placedBySource).map(([source, value], i) => ({
              name: texts.sources[source as OrderSource] ?? source,
              value,
              color: ['petrol.7', 'indigo.6', 'orange.6'][i % 3] ?? 'gray.6',
            }))}
          />
        </Card>
      </SimpleGrid>
    </>
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
