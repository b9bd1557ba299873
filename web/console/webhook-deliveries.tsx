import { Badge, Button, SegmentedControl, Stack, Text } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { WebhookDelivery } from '#contracts/rest/webhooks.ts'
import { ask } from '../api/http.ts'
import { useIdempotencyKey } from '../api/idempotency-key.ts'
import { deliveriesQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { DataTable } from '../ui/data-table.tsx'
import { shortId } from '../ui/format.ts'
import { tell, tellError } from '../ui/told.ts'
import { When } from '../ui/values.tsx'

const words = texts.console.webhooks
const colors = { pending: 'orange', delivered: 'green', failed: 'red' } as const
const outcomes = [
  { value: '', label: words.allOutcomes },
  ...(['pending', 'delivered', 'failed'] as const).map((value) => ({ value, label: words.states[value] })),
]

/** What became of the latest deliveries, newest first. */
export function Deliveries({ webhookId }: { webhookId: string }) {
  const [status, setStatus] = useState('')
  const deliveries = useInfiniteQuery(deliveriesQuery(webhookId, status))
  return (
    <Stack mt="sm">
      <SegmentedControl
        aria-label={words.outcome}
        data={outcomes}
        value={status}
        onChange={setStatus}
        size="xs"
        style={{ alignSelf: 'start' }}
      />
      <DataTable
        label={words.deliveries}
        list={deliveries}
        rowsOf={(page) => page.deliveries}
        keyOf={({ deliveryId }) => deliveryId}
        empty={words.noDeliveries}
        columns={[
          { header: words.at, cell: ({ createdAt }) => <When at={createdAt} /> },
          { header: words.event, cell: ({ event }) => event },
          { header: words.about, cell: (delivery) => <About delivery={delivery} /> },
          {
            header: words.outcome,
            cell: ({ status: outcome }) => (
              <Badge color={colors[outcome]} variant="light">
                {words.states[outcome]}
              </Badge>
            ),
          },
          {
            header: words.answer,
            cell: ({ attempts, lastAnswer }) =>
              [words.attempts(attempts), lastAnswer].filter(Boolean).join(' · '),
          },
          {
            header: words.again,
            cell: (delivery) =>
              delivery.status !== 'pending' && <Redeliver webhookId={webhookId} delivery={delivery} />,
          },
        ]}
      />
    </Stack>
  )
}

const About = ({ delivery: { orderId } }: { delivery: WebhookDelivery }) =>
  orderId === null ? (
    <Text span c="dimmed">
      {words.test}
    </Text>
  ) : (
    <Link to="/console/orders/$orderId" params={{ orderId }}>
      {shortId(orderId)}
    </Link>
  )

function Redeliver({ webhookId, delivery }: { webhookId: string; delivery: WebhookDelivery }) {
  const { deliveryId, attempts } = delivery
  const queries = useQueryClient()
  const key = useIdempotencyKey({ deliveryId, attempts })
  const redelivering = useMutation({
    mutationFn: () =>
      ask(`/v1/webhooks/${webhookId}/deliveries/${deliveryId}/redeliver`, {
        method: 'POST',
        idempotencyKey: key.current(),
      }),
    onSuccess: async () => {
      tell(words.sentAgain, 'green')
      key.renew()
      await queries.invalidateQueries({ queryKey: ['webhooks', webhookId] })
    },
    onError: tellError,
  })
  return (
    <Button
      variant="default"
      size="compact-xs"
      loading={redelivering.isPending}
      onClick={() => redelivering.mutate()}
    >
      {words.sendAgain}
    </Button>
  )
}
