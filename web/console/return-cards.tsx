import { Badge, Button, Card, Group, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { OrderDetails } from '#contracts/rest/orders.ts'
import type { Return } from '#contracts/rest/returns.ts'
import { ask } from '../api/http.ts'
import { texts } from '../texts/index.ts'
import { tell, tellError } from '../ui/told.ts'
import { Money, When } from '../ui/values.tsx'

const words = texts.console.returns

/** An order's returns, with what staff have to do about each now. */
export function ReturnCards({ order: { orderId, returns, currency } }: { order: OrderDetails }) {
  if (returns.length === 0) return null
  return (
    <Card withBorder padding="lg" component="section" aria-label={words.title}>
      <Title order={2} mb="sm">
        {words.title}
      </Title>
      <Stack gap="xs">
        {returns.map((one) => (
          <ReturnRow key={one.number} orderId={orderId} one={one} currency={currency} />
        ))}
      </Stack>
    </Card>
  )
}

type ReturnRowProps = { orderId: string; one: Return; currency: string }

export function ReturnRow({ orderId, one, currency }: ReturnRowProps) {
  const { number, status, reason, amount, lines, requestedAt } = one
  return (
    <Group justify="space-between" data-testid={`return-${number}`}>
      <div>
        <Group gap="xs">
          <Text fw={600}>{words.number(number)}</Text>
          <Badge variant="light">{words.states[status]}</Badge>
          <Money amount={amount} currency={currency} />
        </Group>
        <Text size="sm" c="dimmed">
          {lines.map(({ productId, quantity }) => `${quantity} × ${productId}`).join(', ')} · {reason} ·{' '}
          <When at={requestedAt} />
        </Text>
      </div>
      <ReturnActions orderId={orderId} one={one} />
    </Group>
  )
}

/** What staff have to do about a return now. */
export function ReturnActions({ orderId, one: { number, status } }: Omit<ReturnRowProps, 'currency'>) {
  const queries = useQueryClient()
  const acting = useMutation({
    mutationFn: ({ what, body }: { what: 'decision' | 'receipt'; body: unknown }) =>
      ask(`/v1/orders/${orderId}/returns/${number}/${what}`, { method: 'POST', body }),
    onSuccess: async () => {
      tell(words.done, 'green')
      await Promise.all([
        queries.invalidateQueries({ queryKey: ['order', orderId] }),
        queries.invalidateQueries({ queryKey: ['returns'] }),
      ])
    },
    onError: tellError,
  })
  const isBusy = acting.isPending
  return (
    <Group gap="xs">
      {status === 'requested' && (
        <>
          <Button
            size="xs"
            disabled={isBusy}
            onClick={() => acting.mutate({ what: 'decision', body: { accept: true } })}
          >
            {words.accept}
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={isBusy}
            onClick={() => acting.mutate({ what: 'decision', body: { accept: false } })}
          >
            {words.refuse}
          </Button>
        </>
      )}
      {status === 'accepted' && (
        <Button size="xs" disabled={isBusy} onClick={() => acting.mutate({ what: 'receipt', body: {} })}>
          {words.received}
        </Button>
      )}
    </Group>
  )
}
