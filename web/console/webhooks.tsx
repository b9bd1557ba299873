import { Badge, Button, Card, Group, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Webhook, WebhookDelivery } from '#contracts/rest/webhooks.ts'
import { deliveriesQuery, webhooksQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { shortId } from '../ui/format.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { Empty } from '../ui/states.tsx'
import { When } from '../ui/values.tsx'
import { WideTable } from '../ui/wide-table.tsx'

const words = texts.console.webhooks
const colors = { pending: 'orange', delivered: 'green', failed: 'red' } as const

export function WebhooksPage() {
  const webhooks = useQuery(webhooksQuery)
  return (
    <Page title={words.title} lead={words.lead}>
      <Loaded query={webhooks}>
        {(data) =>
          data.webhooks.length === 0 ? (
            <Empty title={words.empty}>{words.emptyHint}</Empty>
          ) : (
            data.webhooks.map((webhook) => <WebhookCard key={webhook.webhookId} webhook={webhook} />)
          )
        }
      </Loaded>
    </Page>
  )
}

function WebhookCard({ webhook: { webhookId, url, events, createdAt } }: { webhook: Webhook }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <Card withBorder>
      <Group justify="space-between">
        <div>
          <Text fw={600}>{url}</Text>
          <Text size="sm" c="dimmed">
            {events.length === 0 ? words.allEvents : events.join(', ')} · <When at={createdAt} />
          </Text>
        </div>
        <Button variant="default" size="xs" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
          {words.deliveries}
        </Button>
      </Group>
      {isOpen && <Deliveries webhookId={webhookId} />}
    </Card>
  )
}

function Deliveries({ webhookId }: { webhookId: string }) {
  const deliveries = useQuery(deliveriesQuery(webhookId))
  return (
    <Loaded query={deliveries} lines={3}>
      {({ deliveries: found }) =>
        found.length === 0 ? (
          <Text c="dimmed">{words.noDeliveries}</Text>
        ) : (
          <DeliveryTable deliveries={found} />
        )
      }
    </Loaded>
  )
}

function DeliveryTable({ deliveries }: { deliveries: readonly WebhookDelivery[] }) {
  return (
    <Stack mt="sm">
      <WideTable minWidth={520} aria-label={words.deliveries}>
        <Table.Tbody>
          {deliveries.map(({ deliveryId, event, orderId, status, attempts, lastAnswer, createdAt }) => (
            <Table.Tr key={deliveryId}>
              <Table.Td>
                <When at={createdAt} />
              </Table.Td>
              <Table.Td>{event}</Table.Td>
              <Table.Td>
                {orderId === null ? (
                  words.test
                ) : (
                  <Link to="/console/orders/$orderId" params={{ orderId }}>
                    {shortId(orderId)}
                  </Link>
                )}
              </Table.Td>
              <Table.Td>
                <Badge color={colors[status]} variant="light">
                  {words.states[status]}
                </Badge>
              </Table.Td>
              <Table.Td>{words.attempts(attempts)}</Table.Td>
              <Table.Td>{lastAnswer}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Stack>
  )
}
