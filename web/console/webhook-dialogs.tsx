import { Button, Code, CopyButton, Group, Modal, MultiSelect, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { maxUrlLength } from '#contracts/limits.ts'
import { eventTypes } from '#contracts/notification.ts'
import type { CreatedWebhook, Webhook } from '#contracts/rest/webhooks.ts'
import { ask } from '../api/http.ts'
import { useIdempotencyKey } from '../api/idempotency-key.ts'
import { texts } from '../texts/index.ts'
import { tell, tellError } from '../ui/told.ts'

const words = texts.console.webhooks

type EditProps = {
  /** Undefined: a new one. */
  webhook?: Webhook
  onSecret: (secret: string) => void
  onClose: () => void
}

/** Where events go, and which; for a new webhook or one that there is. */
export function EditWebhook({ webhook, onSecret, onClose }: EditProps) {
  const queries = useQueryClient()
  const [url, setUrl] = useState(webhook?.url ?? '')
  const [events, setEvents] = useState<string[]>(webhook?.events ?? [])
  const body = { url: url.trim(), events }
  const key = useIdempotencyKey(body)
  const saving = useMutation({
    mutationFn: async () => {
      if (webhook) {
        await ask(`/v1/webhooks/${webhook.webhookId}`, { method: 'PATCH', body })
        return undefined
      }
      const idempotencyKey = key.current()
      return ask<CreatedWebhook>('/v1/webhooks', { method: 'POST', body, idempotencyKey })
    },
    onSuccess: async (created) => {
      if (created) onSecret(created.secret)
      else tell(words.changed, 'green')
      onClose()
      await queries.invalidateQueries({ queryKey: ['webhooks'] })
    },
    onError: tellError,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    saving.mutate()
  }
  return (
    <Modal opened onClose={onClose} title={webhook ? words.edit : words.add} centered>
      <Stack component="form" onSubmit={submit}>
        <TextInput
          label={words.url}
          description={words.urlHint}
          type="url"
          value={url}
          maxLength={maxUrlLength}
          required
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <MultiSelect
          label={words.events}
          description={words.eventsHint}
          data={[...eventTypes]}
          value={events}
          onChange={setEvents}
          searchable
          clearable
        />
        <Button type="submit" loading={saving.isPending} disabled={url.trim() === ''}>
          {webhook ? words.save : words.add}
        </Button>
      </Stack>
    </Modal>
  )
}

/** A secret, which nobody can read again once this is closed. */
export const SecretDialog = ({ secret, onClose }: { secret: string; onClose: () => void }) => (
  <Modal opened onClose={onClose} title={words.secretTitle} centered closeOnClickOutside={false}>
    <Stack>
      <Text size="sm">{words.secretHint}</Text>
      <Code block>{secret}</Code>
      <Group justify="end">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? texts.common.copied : texts.common.copy}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{texts.common.close}</Button>
      </Group>
    </Stack>
  </Modal>
)
