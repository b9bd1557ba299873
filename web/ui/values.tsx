import { Badge, type BadgeProps, Text, type TextProps, Tooltip } from '@mantine/core'
import { useInterval } from '@mantine/hooks'
import { useState } from 'react'
import type { OrderStatus } from '#contracts/order.ts'
import { texts } from '../texts/index.ts'
import { ago, exactly, formatMoney, timeOf } from './format.ts'

/** An amount, with figures of one width so that columns align. */
export const Money = ({ amount, currency, ...props }: { amount: number; currency: string } & TextProps) => (
  <Text span inherit {...props} style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>
    {formatMoney(amount, currency)}
  </Text>
)

/** A time in the reader's zone; exactly, on hover. */
export function When({ at, relative = false }: { at: string; relative?: boolean }) {
  const [, tick] = useState(0)
  useInterval(() => tick((n) => n + 1), 10_000, { autoInvoke: relative })
  return (
    <Tooltip label={exactly(at)} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {relative ? ago(at) : timeOf(at)}
      </time>
    </Tooltip>
  )
}

/** What is left until a moment, counting down each second. */
export function useRemaining(until: string | null | undefined): number {
  const [now, setNow] = useState(Date.now)
  useInterval(() => setNow(Date.now()), 1_000, { autoInvoke: true })
  return until ? Math.max(0, new Date(until).getTime() - now) : 0
}

export const statusColors: Record<OrderStatus, string> = {
  pending: 'gray',
  awaiting_customer: 'orange',
  reserved: 'indigo',
  paid: 'blue',
  shipping: 'petrol',
  cancelling: 'grape',
  completed: 'green',
  cancelled: 'red',
}

export const StatusBadge = ({ status, ...props }: { status: OrderStatus } & BadgeProps) => (
  <Badge color={statusColors[status]} variant="light" {...props}>
    {texts.status[status]}
  </Badge>
)
