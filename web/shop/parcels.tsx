import { Card, Group, Stack, Text, Title } from '@mantine/core'
import { IconBuildingWarehouse, IconHome, IconPackage, IconPackageOff } from '@tabler/icons-react'
import { queryOptions, useQuery } from '@tanstack/react-query'
import type { Shipment } from '#contracts/rest/orders.ts'
import { ask } from '../api/http.ts'
import { texts } from '../texts/index.ts'
import { When } from '../ui/values.tsx'
import { wayOf } from './progress.ts'

const words = texts.shop.order

type Warehouses = { warehouses: { warehouseId: string; name: string }[] }

export const warehousesQuery = queryOptions({
  queryKey: ['warehouses'],
  queryFn: ({ signal }) => ask<Warehouses>('/v1/warehouses', { signal }),
  staleTime: 600_000,
})

export function Parcels({ shipments }: { shipments: readonly Shipment[] }) {
  const { data } = useQuery(warehousesQuery)
  const nameOf = (id: string) => data?.warehouses.find(({ warehouseId }) => warehouseId === id)?.name ?? id
  return (
    <Card withBorder padding="lg" component="section" aria-label={words.parcels}>
      <Title order={2} mb="sm">
        {words.parcels}
      </Title>
      <Stack gap="lg">
        {shipments.map((shipment) => (
          <Parcel key={shipment.shipmentId} shipment={shipment} warehouse={nameOf(shipment.warehouseId)} />
        ))}
      </Stack>
    </Card>
  )
}

/** A parcel on its line from the warehouse to the customer's door. */
function Parcel({ shipment, warehouse }: { shipment: Shipment; warehouse: string }) {
  const { status, movedAt, lines } = shipment
  const isGone = status === 'lost' || status === 'cancelled'
  const color = isGone ? 'var(--mantine-color-red-6)' : 'var(--mantine-primary-color-filled)'
  const Icon = isGone ? IconPackageOff : IconPackage
  const way = `${wayOf(status) * 100}%`
  return (
    <div data-testid="parcel" data-status={status}>
      <Group justify="space-between" mb={6}>
        <Text fw={600}>{words.parcelFrom(warehouse)}</Text>
        <Text size="sm" c={isGone ? 'red' : 'dimmed'}>
          {texts.parcel[status]} · <When at={movedAt} />
        </Text>
      </Group>
      <Group
        gap="xs"
        wrap="nowrap"
        role="img"
        aria-label={words.parcelProgress(warehouse, texts.parcel[status])}
      >
        <IconBuildingWarehouse size={22} stroke={1.5} />
        <div className="way">
          <div className="way-done" style={{ width: way, background: color }} />
          <div className="way-parcel" style={{ left: way, color }}>
            <Icon size={20} stroke={1.8} />
          </div>
        </div>
        <IconHome size={22} stroke={1.5} />
      </Group>
      <Text size="xs" c="dimmed" mt={6}>
        {lines.map(({ productId, quantity }) => `${quantity} × ${productId}`).join(', ')}
      </Text>
    </div>
  )
}
