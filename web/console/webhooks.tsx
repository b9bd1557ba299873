import { Badge, Button, Card, Group, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { RotatedSecret, Webhook } from '#contracts/rest/webhooks.ts'
import { ask } from '../api/http.ts'
import { useIdempotencyKey } from '../api/idempotency-key.ts'
import { webhooksQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { Empty } from '../ui/states.tsx'
import { tell, tellError } from '../ui/told.ts'
import { When } from '../ui/values.tsx'
import { Deliveries } from './webhook-deliveries.tsx'
import { EditWebhook, SecretDialog } from './webhook-dialogs.tsx'

const words = texts.console.webhooks

export function WebhooksPage() {
  const webhooks = useQuery(webhooksQuery)
  const [isAdding, setAdding] = useState(false)
  const [secret, setSecret] = useState<string>()
  return (
    <Page
      title={words.title}
      lead={words.lead}
      aside={<Button onClick={() => setAdding(true)}>{words.add}</Button>}
    >
      <Loaded query={webhooks}>
        {(data) =>
          data.webhooks.length === 0 ? (
            <Empty title={words.empty}>{words.emptyHint}</Empty>
          ) : (
            data.webhooks.map((webhook) => (
              <WebhookCard key={webhook.webhookId} webhook={webhook} onSecret={setSecret} />
            ))
          )
        }
      </Loaded>
      {isAdding && <EditWebhook onSecret={setSecret} onClose={() => setAdding(false)} />}
      {secret !== undefined && <SecretDialog secret={secret} onClose={() => setSecret(undefined)} />}
    </Page>
  )
}

type CardProps = { webhook: Webhook; onSecret: (secret: string) => void }

function WebhookCard({ webhook, onSecret }: CardProps) {
  const { webhookId, url, events, createdAt, paused, oldSecretUntil } = webhook
  const [isOpen, setOpen] = useState(false)
  return (
    <Card withBorder component="section" aria-label={url}>
      <Group justify="space-between">
        <div>
          <Group gap="xs">
            <Text fw={600}>{url}</Text>
            {paused && (
              <Badge color="orange" variant="light">
                {words.paused}
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {events.length === 0 ? words.allEvents : events.join(', ')} · <When at={createdAt} />
          </Text>
          {paused && <Text size="sm">{words.pausedHint}</Text>}
          {oldSecretUntil && (
            <Text size="sm">
              {words.oldSecret} <When at={oldSecretUntil} />
            </Text>
          )}
        </div>
        <Group gap="xs">
          <TestButton webhookId={webhookId} onSent={() => setOpen(true)} />
          <PauseButton webhook={webhook} />
          <EditButton webhook={webhook} onSecret={onSecret} />
          <RotateButton webhookId={webhookId} onSecret={onSecret} />
          <RemoveButton webhook={webhook} />
          <Button variant="default" size="xs" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
            {words.deliveries}
          </Button>
        </Group>
      </Group>
      {isOpen && <Deliveries webhookId={webhookId} />}
    </Card>
  )
}

const small = { variant: 'default', size: 'xs' } as const

/** Asks the gateway for a change, and the page for the webhooks as they are then. */
function useWebhookChange<T>(change: () => Promise<T>, onDone: (answer: T) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: async (answer) => {
      onDone(answer)
      await queries.invalidateQueries({ queryKey: ['webhooks'] })
    },
    onError: tellError,
  })
}

function TestButton({ webhookId, onSent }: { webhookId: string; onSent: () => void }) {
  const key = useIdempotencyKey(webhookId)
  const testing = useWebhookChange(
    () => ask(`/v1/webhooks/${webhookId}/test`, { method: 'POST', idempotencyKey: key.current() }),
    () => {
      key.renew()
      tell(words.testSent, 'green')
      onSent()
    },
  )
  return (
    <Button {...small} loading={testing.isPending} onClick={() => testing.mutate()}>
      {words.sendTest}
    </Button>
  )
}

function PauseButton({ webhook: { webhookId, paused } }: { webhook: Webhook }) {
  const pausing = useWebhookChange(
    () => ask(`/v1/webhooks/${webhookId}`, { method: 'PATCH', body: { paused: !paused } }),
    () => tell(paused ? words.resumed : words.isPaused, 'green'),
  )
  return (
    <Button {...small} loading={pausing.isPending} onClick={() => pausing.mutate()}>
      {paused ? words.resume : words.pause}
    </Button>
  )
}

function EditButton({ webhook, onSecret }: CardProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button {...small} onClick={() => setOpen(true)}>
        {words.edit}
      </Button>
      {isOpen && <EditWebhook webhook={webhook} onSecret={onSecret} onClose={() => setOpen(false)} />}
    </>
  )
}

function RotateButton({ webhookId, onSecret }: { webhookId: string; onSecret: (secret: string) => void }) {
  const [isOpen, setOpen] = useState(false)
  const key = useIdempotencyKey(webhookId)
  const rotating = useWebhookChange(
    () =>
      ask<RotatedSecret>(`/v1/webhooks/${webhookId}/secret`, {
        method: 'POST',
        idempotencyKey: key.current(),
      }),
    ({ secret }) => {
      key.renew()
      setOpen(false)
      onSecret(secret)
    },
  )
  return (
    <>
      <Button {...small} onClick={() => setOpen(true)}>
        {words.rotate}
      </Button>
      {isOpen && (
        <Confirm
          title={words.rotate}
          hint={words.rotateHint}
          action={words.rotate}
          isPending={rotating.isPending}
          onConfirm={() => rotating.mutate()}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  )
}

function RemoveButton({ webhook: { webhookId, url } }: { webhook: Webhook }) {
  const [isOpen, setOpen] = useState(false)
  const removing = useWebhookChange(
    () => ask(`/v1/webhooks/${webhookId}`, { method: 'DELETE' }),
    () => {
      setOpen(false)
      tell(words.removed, 'green')
    },
  )
  return (
    <>
      <Button {...small} color="red" variant="light" onClick={() => setOpen(true)}>
        {words.remove}
      </Button>
      {isOpen && (
        <Confirm
          title={words.removeOf(url)}
          hint={words.removeHint}
          action={words.remove}
          isPending={removing.isPending}
          onConfirm={() => removing.mutate()}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  )
}
