import { Button, Modal, NumberInput, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { OrderDetails } from '#contracts/rest/orders.ts'
import { ask } from '../api/http.ts'
import { useIdempotencyKey } from '../api/idempotency-key.ts'
import { texts } from '../texts/index.ts'
import { formatMoney } from '../ui/format.ts'
import { tell, tellError } from '../ui/told.ts'

const words = texts.console.refund

/** Gives money back by hand: an amount and a reason, never more than is left. */
export function RefundDialog({ order, onClose }: { order: OrderDetails; onClose: () => void }) {
  const { orderId, total, refunded, currency } = order
  const left = total - refunded
  const queries = useQueryClient()
  const [amount, setAmount] = useState<string | number>(left / 100)
  const [reason, setReason] = useState('')
  const minor = Math.round(Number(amount) * 100)
  const body = { amount: minor, reason: reason.trim() }
  const key = useIdempotencyKey(body)
  const refunding = useMutation({
    mutationFn: () =>
      ask(`/v1/orders/${orderId}/refunds`, {
        method: 'POST',
        idempotencyKey: key.current(),
        body,
      }),
    onSuccess: async () => {
      tell(words.done(formatMoney(minor, currency)), 'green')
      await queries.invalidateQueries({ queryKey: ['order', orderId] })
      onClose()
    },
    onError: tellError,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    refunding.mutate()
  }
  return (
    <Modal opened onClose={onClose} title={words.title} centered>
      <Stack component="form" onSubmit={submit}>
        <Text size="sm">{words.left(formatMoney(left, currency))}</Text>
        <NumberInput
          label={words.amount}
          value={amount}
          onChange={setAmount}
          min={0.01}
          max={left / 100}
          decimalScale={2}
          required
        />
        <TextInput
          label={words.reason}
          value={reason}
          maxLength={500}
          required
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button type="submit" color="red" loading={refunding.isPending} disabled={minor < 1 || minor > left}>
          {words.confirm(formatMoney(minor || 0, currency))}
        </Button>
      </Stack>
    </Modal>
  )
}
