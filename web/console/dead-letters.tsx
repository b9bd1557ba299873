import {
  Alert,
  Badge,
  Button,
  Code,
  Drawer,
  Group,
  JsonInput,
  Stack,
  Text,
  UnstyledButton,
} from '@mantine/core'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { OpenedDeadLetter } from '#contracts/rest/dead-letters.ts'
import { ask } from '../api/http.ts'
import { useIdempotencyKey } from '../api/idempotency-key.ts'
import { deadLetterQuery, deadLettersQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { DataTable } from '../ui/data-table.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { tell, tellError } from '../ui/told.ts'
import { When } from '../ui/values.tsx'

const words = texts.console.deadLetters

export function DeadLettersPage() {
  const letters = useInfiniteQuery({ ...deadLettersQuery(), refetchInterval: 10_000 })
  const [open, setOpen] = useState<string | null>(null)
  return (
    <Page title={words.title} lead={words.lead}>
      <DataTable
        label={words.title}
        list={letters}
        rowsOf={(page) => page.deadLetters}
        keyOf={({ id }) => id}
        empty={words.empty}
        emptyHint={words.emptyHint}
        columns={[
          { header: words.at, cell: ({ at }) => <When at={at} /> },
          { header: words.topic, cell: ({ topic }) => topic },
          { header: words.type, cell: ({ type }) => type },
          {
            header: words.reason,
            cell: ({ id, reason }) => (
              <UnstyledButton onClick={() => setOpen(id)} c="var(--mantine-color-anchor)" fz="sm" ta="left">
                {reason}
              </UnstyledButton>
            ),
          },
          {
            header: words.state,
            cell: ({ redriven }) =>
              redriven ? (
                <Badge color="green" variant="light">
                  {words.redriven}
                </Badge>
              ) : (
                <Badge color="orange" variant="light">
                  {words.waiting}
                </Badge>
              ),
          },
        ]}
      />
      <Drawer
        opened={open !== null}
        onClose={() => setOpen(null)}
        position="right"
        size="lg"
        title={words.letter}
      >
        {open && <Letter id={open} onDone={() => setOpen(null)} />}
      </Drawer>
    </Page>
  )
}

function Letter({ id, onDone }: { id: string; onDone: () => void }) {
  const letter = useQuery(deadLetterQuery(id))
  return <Loaded query={letter}>{(data) => <OpenLetter key={id} letter={data} onDone={onDone} />}</Loaded>
}

/** A dead letter as it can be read, edited, and sent to its topic again. */
function OpenLetter({ letter, onDone }: { letter: OpenedDeadLetter; onDone: () => void }) {
  const { id, topic, key, type, reason, groups, content, undecodable, headers, redriven } = letter
  const queries = useQueryClient()
  const original = content ? JSON.stringify(content, null, 2) : ''
  const [edited, setEdited] = useState(original)
  const idempotencyKey = useIdempotencyKey(edited)
  const redriving = useMutation({
    mutationFn: () =>
      redrive(
        idempotencyKey.current(),
        id,
        edited === original
          ? undefined
          : { type: type ?? '', content: JSON.parse(edited) as Record<string, unknown> },
      ),
    onSuccess: async () => {
      tell(words.sent, 'green')
      await queries.invalidateQueries({ queryKey: ['dead-letters'] })
      onDone()
    },
    onError: tellError,
  })
  return (
    <Stack>
      <Alert color="orange" title={words.why}>
        {reason}
      </Alert>
      <Text size="sm">{words.from(topic, key, groups.join(', '))}</Text>
      {redriven && (
        <Text size="sm" c="green">
          {words.redrivenBy(redriven.by)} <When at={redriven.at} />
        </Text>
      )}
      {content ? (
        <JsonInput
          label={words.content(type ?? '')}
          description={words.contentHint}
          value={edited}
          onChange={setEdited}
          autosize
          minRows={8}
          maxRows={24}
          validationError={words.notJson}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
      ) : (
        <Alert color="red">{undecodable}</Alert>
      )}
      <Code block>{JSON.stringify(headers, null, 2)}</Code>
      <Group justify="flex-end">
        <Button loading={redriving.isPending} onClick={() => redriving.mutate()}>
          {edited === original ? words.redrive : words.redriveEdited}
        </Button>
      </Group>
    </Stack>
  )
}

type Started = { redriveId?: string }

const redrive = (
  idempotencyKey: string,
  id: string,
  replacement: { type: string; content: Record<string, unknown> } | undefined,
) =>
  ask<Started>('/v1/dead-letters/redrive', {
    method: 'POST',
    idempotencyKey,
    body: { ids: [id], ...(replacement && { replacement }) },
  })
