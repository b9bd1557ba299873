import { Button, Group, Modal, NumberInput, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { OpenedReturn, PendingReturn } from '#contracts/rest/returns.ts'
import { ask } from '../api/http.ts'
import { useIdempotencyKey } from '../api/idempotency-key.ts'
import { texts } from '../texts/index.ts'
import { useProductNames } from '../ui/product-name.tsx'
import { tell, tellError } from '../ui/told.ts'

const words = texts.shop.order

type ReturnProps = {
  orderId: string
  /** What may be sent back, and how many of it. */
  lines: readonly { lineNumber: number; productId: string; quantity: number }[]
  opened: boolean
  onClose: () => void
}

export function ReturnDialog({ orderId, lines, opened, onClose }: ReturnProps) {
  const queries = useQueryClient()
  const [quantities, setQuantities] = useState<Record<number, number>>({})
  const [reason, setReason] = useState('')
  const nameOf = useProductNames(lines)
  const chosen = lines
    .map(({ lineNumber }) => ({ lineNumber, quantity: quantities[lineNumber] ?? 0 }))
    .filter(({ quantity }) => quantity > 0)
  const body = { lines: chosen, reason: reason.trim() }
  const key = useIdempotencyKey(body)
  const asking = useMutation({
    mutationFn: () =>
      ask<OpenedReturn | PendingReturn>(`/v1/orders/${orderId}/returns`, {
        method: 'POST',
        idempotencyKey: key.current(),
        body,
      }),
    onSuccess: async () => {
      key.renew()
      setQuantities({})
      setReason('')
      onClose()
      tell(words.returnAsked, 'green')
      await queries.invalidateQueries({ queryKey: ['order', orderId] })
    },
    onError: tellError,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (chosen.length > 0) asking.mutate()
  }
  return (
    <Modal opened={opened} onClose={onClose} title={words.returnTitle} centered>
      <Stack component="form" onSubmit={submit}>
        {lines.map(({ lineNumber, productId, quantity }) => (
          <Group key={lineNumber} justify="space-between" wrap="nowrap">
            <Text>{nameOf(productId)}</Text>
            <Group gap="xs" wrap="nowrap">
              <NumberInput
                aria-label={nameOf(productId)}
                value={quantities[lineNumber] ?? 0}
                onChange={(value) => setQuantities({ ...quantities, [lineNumber]: Number(value) })}
                min={0}
                max={quantity}
                allowDecimal={false}
                w={90}
              />
              <Text size="sm" c="dimmed">
                {words.ordered(quantity)}
              </Text>
            </Group>
          </Group>
        ))}
        <Textarea
          label={words.returnReason}
          required
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {chosen.length === 0 && words.returnNothing}
          </Text>
          <Button type="submit" disabled={chosen.length === 0} loading={asking.isPending}>
            {words.returnConfirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
