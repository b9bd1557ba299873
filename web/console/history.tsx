import { Text, Timeline } from '@mantine/core'
import type { HistoryEntry, OrderDetails } from '#contracts/rest/orders.ts'
import { texts } from '../texts/index.ts'
import { parcelName } from '../ui/format.ts'
import { Money, When } from '../ui/values.tsx'

const words = texts.console.history

const colorOf = ({ type }: HistoryEntry): string => {
  if (type === 'stuck' || type === 'refused' || type === 'cancel_refused') return 'red'
  if (type === 'completed') return 'green'
  return type === 'cancelling' || type === 'cancelled' || type === 'refunded' ? 'grape' : 'petrol'
}

/** What happened to an order: what, when, by whom and why. */
export function History({ order: { history, currency } }: { order: OrderDetails }) {
  return (
    <Timeline bulletSize={14} lineWidth={2} active={history.length} aria-label={words.title}>
      {history.toReversed().map((entry) => {
        const { sequence, type, by, note, amount, shipmentId, returnNumber, at } = entry
        return (
          <Timeline.Item key={sequence} color={colorOf(entry)} title={words.types[type] ?? type}>
            <Text size="sm">
              {amount !== null && (
                <>
                  <Money amount={amount} currency={currency} fw={600} />{' '}
                </>
              )}
              {shipmentId && words.parcel(parcelName(shipmentId))}{' '}
              {returnNumber !== null && words.return(returnNumber)}
            </Text>
            {note && <Text size="sm">{note}</Text>}
            <Text size="xs" c="dimmed">
              <When at={at} /> · {words.by(by)} · #{sequence}
            </Text>
          </Timeline.Item>
        )
      })}
    </Timeline>
  )
}
