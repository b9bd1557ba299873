import { Button, Group, List, Modal, Paper, Progress, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { AttemptList, OrderSummary } from '#contracts/rest/orders.ts'
import { ask } from '../api/http.ts'
import { texts } from '../texts/index.ts'
import { formatMoney, shortId } from '../ui/format.ts'

const words = texts.console.bulk
type Action = 'cancel' | 'resume' | 'retry'
type Result = { orderId: string; ok: boolean; said: string }

/** What is done to many orders at once: confirmed first, then with progress and a result for each. */
export function BulkBar({ orders, clear }: { orders: readonly OrderSummary[]; clear: () => void }) {
  const [asked, setAsked] = useState<Action | null>(null)
  return (
    <Paper withBorder p="xs">
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          {words.chosen(orders.length)}
        </Text>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => setAsked('retry')}>
            {words.retry}
          </Button>
          <Button size="xs" variant="default" onClick={() => setAsked('resume')}>
            {words.resume}
          </Button>
          <Button size="xs" color="red" variant="light" onClick={() => setAsked('cancel')}>
            {words.cancel}
          </Button>
          <Button size="xs" variant="subtle" onClick={clear}>
            {texts.common.clear}
          </Button>
        </Group>
      </Group>
      {asked && <BulkDialog action={asked} orders={orders} onClose={() => setAsked(null)} />}
    </Paper>
  )
}

type BulkProps = { action: Action; orders: readonly OrderSummary[]; onClose: () => void }

export function BulkDialog({ action, orders, onClose }: BulkProps) {
  const queries = useQueryClient()
  const [results, setResults] = useState<Result[] | null>(null)
  // What was asked for stays, though the list behind it changes meanwhile.
  const [these] = useState(orders)
  const money = these.reduce((sum, { total, refunded }) => sum + total - refunded, 0)
  const currency = these[0]?.currency ?? 'GBP'
  const isDone = results?.length === these.length

  async function start(): Promise<void> {
    setResults([])
    await inTurns(these, 4, async ({ orderId }) => {
      const result = await carryOut[action](orderId).then(
        (said) => ({ orderId, ok: true, said }),
        (error: unknown) => ({ orderId, ok: false, said: (error as Error).message }),
      )
      setResults((before) => [...(before ?? []), result])
    })
    await queries.invalidateQueries()
  }

  const failed = results?.filter(({ ok }) => !ok) ?? []
  return (
    <Modal opened onClose={onClose} title={words.titles[action](these.length)} centered>
      <Stack>
        {results === null ? (
          <Text>{words.what[action](these.length, formatMoney(money, currency))}</Text>
        ) : (
          <>
            <Progress
              value={(results.length / these.length) * 100}
              color={failed.length > 0 ? 'orange' : 'green'}
              aria-label={words.progress}
            />
            <Text size="sm" role="status">
              {words.result(results.length - failed.length, these.length)}
            </Text>
            <List size="sm">
              {failed.map(({ orderId, said }) => (
                <List.Item key={orderId}>
                  {shortId(orderId)}: {said}
                </List.Item>
              ))}
            </List>
          </>
        )}
        <Group justify="flex-end">
          {results === null ? (
            <>
              <Button variant="default" onClick={onClose}>
                {texts.common.cancel}
              </Button>
              <Button color={action === 'cancel' ? 'red' : 'petrol'} onClick={() => void start()}>
                {words.confirm[action](these.length)}
              </Button>
            </>
          ) : (
            <Button onClick={onClose} disabled={!isDone}>
              {texts.common.close}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  )
}

const carryOut: Record<Action, (orderId: string) => Promise<string>> = {
  async cancel(orderId) {
    await ask(`/v1/orders/${orderId}/cancel`, { method: 'POST', body: { note: words.note } })
    return words.ok
  },
  async resume(orderId) {
    await ask(`/v1/orders/${orderId}/resume`, { method: 'POST' })
    return words.ok
  },
  async retry(orderId) {
    const { attempts } = await ask<AttemptList>(`/v1/orders/${orderId}/attempts`)
    for (const { activityId } of attempts)
      await ask(`/v1/orders/${orderId}/attempts/${encodeURIComponent(activityId)}/retry`, {
        method: 'POST',
        body: {},
      })
    return attempts.length > 0 ? words.ok : words.nothing
  },
}

/** So many at once, that a gateway for all is left something. */
async function inTurns<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all]
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
