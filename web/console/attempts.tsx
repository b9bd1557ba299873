import { Alert, Badge, Button, Card, Code, Group, Stack, Text, Title } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay, IconRefresh } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Attempt, AttemptList } from '#contracts/rest/orders.ts'
import { ask } from '../api/http.ts'
import { attemptsQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { formatDuration } from '../ui/format.ts'
import { tell, tellError } from '../ui/told.ts'
import { useRemaining, When } from '../ui/values.tsx'
import { plainCause } from './plain-cause.ts'

const words = texts.console.attempts
const colors: Record<Attempt['state'], string> = {
  queued: 'orange',
  running: 'petrol',
  waiting: 'orange',
  paused: 'grape',
}

/** What an order waits for in other services now, with what can be done about it. */
export function Attempts({ orderId }: { orderId: string }) {
  const { data } = useQuery(attemptsQuery(orderId))
  if (!data || data.attempts.length === 0) return null
  return (
    <Card withBorder padding="lg" component="section" aria-label={words.title}>
      <Title order={2} mb="sm">
        {words.title}
      </Title>
      <Stack>
        {data.attempts.map((attempt) => (
          <PendingStep key={attempt.activityId} orderId={orderId} attempt={attempt} />
        ))}
      </Stack>
    </Card>
  )
}

function PendingStep({ orderId, attempt }: { orderId: string; attempt: Attempt }) {
  const { activityId, activityType, state, nextRetryAt, lastFailure, workerSeenAt, lastWorker, paused } =
    attempt
  const queries = useQueryClient()
  const acting = useMutation({
    mutationFn: (action: 'retry' | 'pause' | 'resume') =>
      ask<AttemptList>(`/v1/orders/${orderId}/attempts/${encodeURIComponent(activityId)}/${action}`, {
        method: 'POST',
        body: {},
      }),
    onSuccess: async (now, action) => {
      tell(words.did[action], 'green')
      queries.setQueryData(attemptsQuery(orderId).queryKey, now)
      await queries.invalidateQueries({ queryKey: ['order', orderId] })
    },
    onError: tellError,
  })
  return (
    <div data-testid="attempt" data-state={state}>
      <Group justify="space-between" align="start">
        <div>
          <Group gap="xs">
            <Text fw={600}>{words.activities[activityType] ?? activityType}</Text>
            <Badge variant="light" color={colors[state]}>
              {words.states[state]}
            </Badge>
            <Text size="sm">{words.attempt(attempt.attempt)}</Text>
            {state === 'waiting' && <Countdown until={nextRetryAt} />}
          </Group>
          <Text size="sm" mt={4}>
            {plainCause(attempt)}
          </Text>
          <Text size="xs" c="dimmed">
            {workerSeenAt ? (
              <>
                {words.workerSeen} <When at={workerSeenAt} relative />
                {lastWorker && ` (${lastWorker})`}
              </>
            ) : (
              words.noWorker
            )}
          </Text>
        </div>
        <Group gap="xs">
          {state === 'paused' ? (
            <Button
              size="xs"
              leftSection={<IconPlayerPlay size={14} />}
              loading={acting.isPending}
              onClick={() => acting.mutate('resume')}
            >
              {words.resume}
            </Button>
          ) : (
            <>
              <Button
                size="xs"
                leftSection={<IconRefresh size={14} />}
                loading={acting.isPending}
                onClick={() => acting.mutate('retry')}
              >
                {words.retry}
              </Button>
              <Button
                size="xs"
                variant="default"
                leftSection={<IconPlayerPause size={14} />}
                loading={acting.isPending}
                onClick={() => acting.mutate('pause')}
              >
                {words.pause}
              </Button>
            </>
          )}
        </Group>
      </Group>
      {paused && (
        <Alert color="grape" mt="xs" p="xs">
          {words.pausedBy(paused.by)} {paused.at && <When at={paused.at} relative />} {paused.reason}
        </Alert>
      )}
      {lastFailure && (
        <Code block mt="xs">
          {lastFailure}
        </Code>
      )}
    </div>
  )
}

function Countdown({ until }: { until: string | null }) {
  const left = useRemaining(until)
  return (
    <Text size="sm" c="orange" role="timer">
      {left > 0 ? words.next(formatDuration(left)) : words.now}
    </Text>
  )
}
