import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconHandStop } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Decision as AskedDecision, DecidedOrder, OrderDetails } from '#contracts/rest/orders.ts'
import { ask } from '../api/http.ts'
import { texts } from '../texts/index.ts'
import { formatDuration } from '../ui/format.ts'
import { useProductNames } from '../ui/product-name.tsx'
import { tell, tellError } from '../ui/told.ts'
import { useRemaining } from '../ui/values.tsx'

const words = texts.shop.order

type DecisionProps = {
  orderId: string
  decision: AskedDecision
  lines: OrderDetails['lines']
}

/** Some goods are missing: the customer takes what there is, or cancels, as long as there is time. */
export function Decision({ orderId, decision: { missing, decideBefore }, lines }: DecisionProps) {
  const queries = useQueryClient()
  const left = useRemaining(decideBefore)
  const nameOf = useProductNames(missing)
  const deciding = useMutation({
    mutationFn: (kind: 'amend' | 'cancel') =>
      ask<DecidedOrder>(`/v1/orders/${orderId}/decision`, {
        method: 'POST',
        body:
          kind === 'cancel'
            ? { kind }
            : {
                kind,
                lines: missing.map(({ lineNumber, available }) => ({ lineNumber, quantity: available })),
              },
      }),
    onSuccess: async () => {
      tell(words.decided, 'green')
      await queries.invalidateQueries({ queryKey: ['order', orderId] })
    },
    onError: tellError,
  })
  // Something is left when a line is not missing, or not all of it is.
  const hasRest = lines.length > missing.length || missing.some(({ available }) => available > 0)
  return (
    <Alert color="orange" icon={<IconHandStop />} title={words.decision} data-testid="decision">
      <Stack gap="sm">
        <Text size="sm">{words.decisionLead}</Text>
        {missing.map(({ lineNumber, productId, available, requested }) => (
          <Text key={lineNumber} size="sm">
            <b>{nameOf(productId)}</b>: {words.available(available, requested)}
          </Text>
        ))}
        <Text size="sm" fw={600} role="timer">
          {left > 0 ? words.decisionLeft(formatDuration(left)) : words.decisionOver}
        </Text>
        <Group>
          {hasRest && (
            <Button
              disabled={left === 0}
              loading={deciding.isPending}
              onClick={() => deciding.mutate('amend')}
            >
              {words.takeAvailable}
            </Button>
          )}
          <Button
            variant="default"
            disabled={left === 0}
            loading={deciding.isPending}
            onClick={() => deciding.mutate('cancel')}
          >
            {words.cancelAll}
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}
