import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { CancelledOrder, OrderDetails } from '#contracts/rest/orders.ts'
import { ask } from '../api/http.ts'
import { texts } from '../texts/index.ts'
import { formatMoney } from '../ui/format.ts'
import { tell, tellError } from '../ui/told.ts'

const words = texts.shop.order

/** What a cancellation would do now. */
function consequenceOf({ status, total, refunded, currency }: OrderDetails): string {
  const amount = formatMoney(total - refunded, currency)
  if (status === 'shipping') return words.cancelShipping(amount)
  return status === 'paid' ? words.cancelPaid(amount) : words.cancelPending
}

type CancelProps = { order: OrderDetails; opened: boolean; onClose: () => void }

export function CancelDialog({ order, opened, onClose }: CancelProps) {
  const queries = useQueryClient()
  const [note, setNote] = useState('')
  const cancelling = useMutation({
    mutationFn: () =>
      ask<CancelledOrder>(`/v1/orders/${order.orderId}/cancel`, {
        method: 'POST',
        body: note.trim() ? { note: note.trim() } : {},
      }),
    onSuccess: async () => {
      onClose()
      tell(words.cancelAsked)
      await queries.invalidateQueries({ queryKey: ['order', order.orderId] })
    },
    onError: tellError,
  })
  return (
    <Modal opened={opened} onClose={onClose} title={words.cancelTitle} centered>
      <Stack>
        <Text>{consequenceOf(order)}</Text>
        <Textarea
          label={words.cancelNote}
          value={note}
          maxLength={500}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {texts.common.cancel}
          </Button>
          <Button color="red" loading={cancelling.isPending} onClick={() => cancelling.mutate()}>
            {words.cancelConfirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
