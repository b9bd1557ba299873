import type { ShipmentStatus } from '#contracts/logistics.ts'
import { formatAmount } from '#contracts/money.ts'
import type { OrderEvent, ParcelOutcome } from '#contracts/notification.ts'

type Said = { subject: string; says: string }

/** Not all of it: parcels were lost or came back. */
export const partArrived = ({ shipments = [] }: OrderEvent): boolean =>
  shipments.some(({ status }) => status !== 'delivered')

/** What a cancellation came too late for, and what of the order comes back. */
export function cameTooLate(event: OrderEvent): Said {
  const { shipments = [] } = event
  const back = shipments.filter(({ status }) => status === 'cancelled' || status === 'lost')
  const stays = shipments.filter((parcel) => !back.includes(parcel))
  const paragraphs = [
    list('The cancellation of your order came too late for', stays),
    ...(back.length > 0 ? [list('This does not reach you any more', back), moneyBack(event)] : []),
    'What you do not want to keep you can send back: ask for a return.',
  ]
  const subject = back.length > 0 ? 'came too late for part of your order' : 'came too late'
  return { subject: `Your cancellation ${subject}`, says: paragraphs.join('\n\n') }
}

/** The end of an order of which something arrived, and something did not. */
export function arrived(event: OrderEvent): Said {
  const { shipments = [] } = event
  const there = shipments.filter(({ status }) => status === 'delivered')
  const missing = shipments.filter((parcel) => !there.includes(parcel))
  return {
    subject: 'Part of your order has arrived',
    says: [list('This has arrived', there), list('This has not', missing), moneyBack(event)].join('\n\n'),
  }
}

/** Staff may have given some of it back before, so the parcels' prices do not tell what has gone back. */
function moneyBack({ refunded, currency }: OrderEvent): string {
  const soFar = refunded === undefined ? '' : `: ${sumOf({ amount: refunded, currency }, '')} so far`
  return `What you paid for it goes back to your account${soFar}.`
}

const list = (title: string, parcels: readonly ParcelOutcome[]): string =>
  [`${title}:`, ...parcels.map((parcel) => `- ${goodsIn(parcel)}: ${outcomes[parcel.status]}`)].join('\n')

const outcomes: Record<ShipmentStatus, string> = {
  requested: 'on its way',
  created: 'on its way',
  sent_to_customer: 'on its way',
  delivered: 'delivered',
  lost: 'lost on its way',
  cancelled: 'on its way back to us',
}

const GOODS_SHOWN = 5

/** "the parcel from london with 2 × 85123A and 1 × 22423". */
function goodsIn({ warehouseId, pieces }: ParcelOutcome): string {
  const shown = pieces.slice(0, GOODS_SHOWN).map(({ productId, quantity }) => `${quantity} × ${productId}`)
  const more = pieces.length > GOODS_SHOWN ? [`${pieces.length - GOODS_SHOWN} more`] : []
  const goods = new Intl.ListFormat('en-GB').format([...shown, ...more])
  return `the parcel from ${warehouseId}${goods === '' ? '' : ` with ${goods}`}`
}

/** "GBP 25.50", or what to call it without a number. */
export function sumOf(
  { amount, currency }: Pick<OrderEvent, 'amount' | 'currency'>,
  otherwise: string,
): string {
  if (amount === undefined || currency === undefined) return otherwise
  return `${currency} ${formatAmount(amount)}`
}
