import { Button, Card, Group, Menu, Text } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Shipment } from '#contracts/rest/orders.ts'
import { ask } from '../api/http.ts'
import { texts } from '../texts/index.ts'
import { parcelName } from '../ui/format.ts'
import { tell, tellError } from '../ui/told.ts'
import { Money, When } from '../ui/values.tsx'

const words = texts.console.parcel
const way = ['requested', 'created', 'sent_to_customer', 'delivered'] as const
type Move = 'created' | 'sent_to_customer' | 'delivered' | 'lost'

/** A parcel, which staff may move on by hand when its courier tells nothing. */
export function MoveParcel({
  orderId,
  shipment,
  currency,
}: {
  orderId: string
  shipment: Shipment
  currency: string
}) {
  const { shipmentId, warehouseId, status, amount, movedAt, lines } = shipment
  const queries = useQueryClient()
  const moving = useMutation({
    mutationFn: (status: Move) =>
      ask(`/v1/orders/${orderId}/shipments/${shipmentId}/move`, { method: 'POST', body: { status } }),
    onSuccess: async () => {
      tell(words.moved, 'green')
      await queries.invalidateQueries({ queryKey: ['order', orderId] })
    },
    onError: tellError,
  })
  const isOver = status === 'delivered' || status === 'lost' || status === 'cancelled'
  const at = way.findIndex((one) => one === status)
  const next: Move[] = [...(way.slice(at + 1) as Exclude<Move, 'lost'>[]), 'lost']
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between">
        <div>
          <Text fw={600}>
            {words.title(parcelName(shipmentId), warehouseId)} · {words.states[status]}
          </Text>
          <Text size="sm" c="dimmed">
            <When at={movedAt} /> ·{' '}
            {lines.map(({ productId, quantity }) => `${quantity} × ${productId}`).join(', ')}
          </Text>
        </div>
        <Group>
          <Money amount={amount} currency={currency} fw={600} />
          {!isOver && (
            <Menu position="bottom-end">
              <Menu.Target>
                <Button
                  size="xs"
                  variant="default"
                  loading={moving.isPending}
                  rightSection={<IconChevronDown size={14} />}
                >
                  {words.move}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {next.map((status) => (
                  <Menu.Item
                    key={status}
                    color={status === 'lost' ? 'red' : undefined}
                    onClick={() => moving.mutate(status)}
                  >
                    {words.moveTo[status]}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      </Group>
    </Card>
  )
}
