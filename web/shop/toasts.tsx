import { Anchor } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { Update } from '#contracts/notification.ts'
import type { ReturnStatus } from '#contracts/return.ts'
import { onUpdate } from '../api/live.ts'
import { texts } from '../texts/index.ts'
import { formatMoney, shortId } from '../ui/format.ts'

const { toasts } = texts.shop
const said: Partial<Record<string, string>> = toasts.order

/** What an update means to its customer; undefined: nothing that they would want to be told. */
function inWords({ type, amount, currency, returnNumber, status }: Update): string | undefined {
  const [domain, what = ''] = type.split('.')
  if (domain === 'order') return said[what]
  if (type === 'payment.refunded' && amount && currency) return toasts.refunded(formatMoney(amount, currency))
  if (domain === 'return' && returnNumber && status)
    return toasts.return(returnNumber, texts.returnStatus[status as ReturnStatus])
  return undefined
}

const colors: Partial<Record<string, string>> = {
  completed: 'green',
  cancelled: 'red',
  awaiting_customer: 'orange',
}

/** A toast for each change of the customer's orders, on whichever page they are. */
export function useOrderToasts(): void {
  const router = useRouter()
  useEffect(
    () =>
      onUpdate((update) => {
        const message = inWords(update)
        if (!message) return
        const { orderId, id, type } = update
        const href = `/shop/orders/${orderId}`
        notifications.show({
          id,
          title: texts.shop.order.title(shortId(orderId)),
          message: (
            <>
              {message}{' '}
              {router.state.location.pathname !== href && (
                <Anchor component="button" size="sm" onClick={() => void router.navigate({ href })}>
                  {toasts.look}
                </Anchor>
              )}
            </>
          ),
          color: colors[type.split('.')[1] ?? ''] ?? 'petrol',
          withBorder: true,
          autoClose: 6_000,
        })
      }),
    [router],
  )
}
