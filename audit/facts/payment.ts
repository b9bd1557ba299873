import { z } from 'zod'
import { zAmount } from './rows.ts'

const zEntry = z.object({ accountId: z.string(), amount: zAmount })

const zTransfer = z.object({
  key: z.string(),
  kind: z.enum(['top_up', 'charge', 'refund']),
  amount: zAmount,
  currency: z.string(),
  entries: z.array(zEntry),
})

/** As the payment service keeps it; another rule holds it against the whole ledger. */
export const zPayment = z.object({
  customerId: z.string().nullable(),
  status: z.enum(['charged', 'declined', 'voided']),
  amount: zAmount,
  refunded: zAmount,
  updatedAt: z.string(),
  transfers: z.array(zTransfer),
})

export type OrderPayment = z.infer<typeof zPayment>
export type Transfer = z.infer<typeof zTransfer>

/** Its ids are of the type uuid, which takes no other text. */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export const payableIds = (orderIds: readonly string[]): string[] => orderIds.filter((id) => uuid.test(id))

/** A charge is found by its key, for only refunds have an index. */
export const paymentsById = `select order_id::text as "orderId", jsonb_build_object(
    'customerId', customer_id, 'status', status, 'amount', amount::text, 'refunded', refunded::text,
    'updatedAt', updated_at::text,
    'transfers', (select coalesce(jsonb_agg(jsonb_build_object('key', key, 'kind', kind, 'amount', amount::text,
        'currency', currency, 'entries', (
          select coalesce(jsonb_agg(jsonb_build_object('accountId', account_id, 'amount', amount::text)), '[]')
          from entries where entries.transfer_id = moved.transfer_id)) order by key), '[]')
      from (
        select * from transfers where key = 'charge/' || order_payments.order_id
        union all select * from transfers where transfers.order_id = order_payments.order_id and kind = 'refund'
      ) as moved)) as row
  from order_payments where order_id = any($1::uuid[])`

/** What went back, by what it was for; the key of a refund of everything ends with the order. */
export function refundsOf(orderId: string, payment: OrderPayment | undefined): Map<string, bigint> {
  const refunds = payment?.transfers.filter(({ kind }) => kind === 'refund') ?? []
  const whole = `refund/${orderId}`
  return new Map(
    refunds.map(({ key, amount }) => [
      key === whole ? 'all' : key.startsWith(`${whole}/`) ? key.slice(whole.length + 1) : key,
      amount,
    ]),
  )
}
