import { Group, Text, Tooltip } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { OrderSortKey } from '#contracts/order-list.ts'
import type { OrderSummary } from '#contracts/rest/orders.ts'
import { texts } from '../texts/index.ts'
import { shortId } from '../ui/format.ts'
import { Money, StatusBadge, When } from '../ui/values.tsx'

const words = texts.console.orders

type Column = {
  header: string
  align?: 'right'
  /** By which it can be sorted. */
  sortKey?: OrderSortKey
  cell: (order: OrderSummary) => ReactNode
}

export const orderColumns = {
  order: {
    header: words.order,
    cell: ({ orderId }) => (
      <Link to="/console/orders/$orderId" params={{ orderId }}>
        {shortId(orderId)}
      </Link>
    ),
  },
  placedAt: { header: words.placed, sortKey: 'placedAt', cell: ({ placedAt }) => <When at={placedAt} /> },
  updatedAt: {
    header: words.updated,
    sortKey: 'updatedAt',
    cell: ({ updatedAt }) => <When at={updatedAt} />,
  },
  status: {
    header: words.status,
    cell: ({ status, reason, stuck }) => (
      <Group gap={6} wrap="nowrap">
        <StatusBadge status={status} />
        {reason && (
          <Text size="xs" c="dimmed">
            {texts.reasonLabels[reason]}
          </Text>
        )}
        {stuck && (
          <Tooltip label={stuck.error} multiline maw={420}>
            <Text size="xs" c="red" tabIndex={0}>
              {words.stuckAt(stuck.step ?? '')}
            </Text>
          </Tooltip>
        )}
      </Group>
    ),
  },
  customer: {
    header: words.customer,
    cell: ({ customerId, customerName }) => (
      <Link to="/console/orders" search={{ customerId }} title={customerId}>
        {customerName ?? customerId}
      </Link>
    ),
  },
  source: { header: words.source, cell: ({ source }) => texts.sources[source] },
  reference: { header: words.reference, cell: ({ reference }) => reference },
  endedAt: { header: words.ended, cell: ({ endedAt }) => endedAt && <When at={endedAt} /> },
  refunded: {
    header: words.refunded,
    align: 'right',
    cell: ({ refunded, currency }) => refunded > 0 && <Money amount={refunded} currency={currency} />,
  },
  total: {
    header: words.total,
    align: 'right',
    sortKey: 'total',
    cell: ({ total, currency }) => <Money amount={total} currency={currency} fw={600} />,
  },
} satisfies Record<string, Column>

export type ColumnName = keyof typeof orderColumns
export const columnNames = Object.keys(orderColumns) as ColumnName[]
export const usualColumns: ColumnName[] = ['order', 'placedAt', 'status', 'customer', 'source', 'total']
export const columnOf = (name: ColumnName): Column => orderColumns[name]
