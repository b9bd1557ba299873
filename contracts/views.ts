import type { Role } from './actor.ts'
import type { OrderEvent, WebhookBody } from './notification.ts'
import { type CancelReason, cancelReasons, type OrderStatus, type OrderStep, orderSources } from './order.ts'

/**
 * Who looks at an order or hears of it. What each may know is decided here alone, by naming it: what is not named stays
 * with staff. `REST`, live updates, mails and webhooks are all made through these functions.
 */
export type Viewer = Role | 'partner'

/** Something that happened, as the order's history tells it. */
export type Told = { type: string; by: string; note: string; customerId: string }

/** Who did it. Staff have names among themselves only. */
export function actorFor(viewer: Viewer, { by, customerId }: Pick<Told, 'by' | 'customerId'>): string {
  if (viewer === 'staff' || by === `customer:${customerId}`) return by
  if (by.startsWith('staff:')) return 'staff'
  return anybody.has(by) ? by : 'system'
}

const anybody = new Set<string>(['courier', ...orderSources])

/** Customers read what they wrote themselves, and the record's own words: never another's note, nor an error. */
export function noteFor(viewer: Viewer, told: Told): string | null {
  const { type, by, note, customerId } = told
  if (viewer === 'partner' || note === '') return null
  if (viewer === 'staff' || by === `customer:${customerId}`) return note
  if (type === 'stuck') return troubleIn(note.split(':')[0] ?? '')
  return plain[type] ?? ownWords(type)?.exec(note)?.[0] ?? null
}

const plain: Readonly<Record<string, string | undefined>> = {
  unstuck: 'it goes on',
  cancel_refused: 'a parcel could not be called back',
}

const money = String.raw`\d+\.\d\d [A-Z]{3}`
const forms: Readonly<Record<string, RegExp | undefined>> = {
  refused: /^[\w.[\]]+: .+$/s,
  missing: /^(?:\d+ of \d+ .{1,64}? \(line \d+\)(?:, )?)+; to be decided before [\dT:.Z-]+/,
  amended: /^\d+ lines?/,
  reserved: new RegExp(`^${money} from [a-z0-9-]+(?:, [a-z0-9-]+)*`),
  paid: /^transfer [0-9a-f-]+/,
  handed_off: /^\d+ shipments?/,
  shipment_moved: /^[\w-]+ (?:requested|created|sent_to_customer|delivered|lost|cancelled)\b/,
  refunded: new RegExp(`^${money}(?: for (?:return \\d+|[\\w-]+))?`),
  cancelling: new RegExp(`^(?:${cancelReasons.join('|')})\\b`),
  cancelled: new RegExp(`^(?:${cancelReasons.join('|')})\\b`),
}
const ofReturn = new RegExp(`^return \\d+(?:, ${money})?`)

/** How the record's own part of a note begins; what people and services said comes after it. */
const ownWords = (type: string): RegExp | undefined => (type.startsWith('return_') ? ofReturn : forms[type])

/** Why an order was cancelled, a payment declined or money given back, as far as it is a word of ours. */
export function reasonFor(viewer: Viewer, reason: string): string | null {
  if (reason === '') return null
  return viewer === 'staff' || words.has(reason) || (viewer === 'customer' && ofMoney.test(reason))
    ? reason
    : null
}

const words = new Set<string>([
  ...(cancelReasons satisfies readonly CancelReason[]),
  'insufficient_funds',
  'no_account',
])
const ofMoney = /^(?:top-up|order|order cancelled|shipment lost|shipment cancelled|return \d+)$/

/** What holds an order up, for a customer: plain words instead of a step and its error. */
export function troubleIn(step: string): string {
  const known: Readonly<Record<string, string | undefined>> = troubles
  return known[step] ?? trouble('finishing your order')
}

const trouble = (doing: string) => `we are having trouble ${doing}; nothing is lost`
const troubles: Record<OrderStep, string> = {
  record: trouble('taking your order down'),
  reserve: trouble('finding your goods in our warehouses'),
  charge: trouble('charging your account'),
  track: 'we have not heard of a parcel for a while, and are asking the courier',
  recall: trouble('calling a parcel back'),
  refund: trouble('giving your money back'),
  release: trouble('undoing your order'),
  take_back: trouble('taking your goods back'),
}

/** What an order waits for, for its customer. Null: for nothing, it has ended. */
export const waits: Record<OrderStatus, string | null> = {
  pending: 'We are finding your goods in our warehouses.',
  awaiting_customer: 'Not all of your order is in stock: change it or cancel it.',
  reserved: 'We are charging your account.',
  paid: 'The courier fetches your parcels.',
  shipping: 'Your parcels are on their way.',
  cancelling: 'We are undoing your order.',
  completed: null,
  cancelled: null,
}

/** An event as `viewer` may hear it. Partners know it by its id in the header, and hear nobody's name or words. */
export function eventFor(viewer: Viewer, event: OrderEvent): OrderEvent {
  if (viewer === 'staff') return event
  const { id, type, orderId, customerId, at, stream, sequence } = event
  const told = { type: event.change ?? '', by: event.by ?? '', note: event.note ?? '', customerId }
  const { status, amount, currency, refunded, returnNumber, shipments } = event
  const reason = reasonFor(viewer, event.reason ?? '')
  const note = noteFor(viewer, told)
  return {
    id,
    type,
    orderId,
    customerId,
    at,
    stream,
    sequence,
    ...(status && { status }),
    ...(reason !== null && { reason }),
    ...(viewer === 'customer' && event.by && { by: actorFor(viewer, told) }),
    ...(note !== null && { note }),
    ...(amount !== undefined && { amount }),
    ...(currency && { currency }),
    ...(refunded !== undefined && { refunded }),
    ...(returnNumber !== undefined && { returnNumber }),
    ...(shipments && { shipments: shipments.map(parcelFor) }),
  }
}

export function webhookBodyOf(event: OrderEvent): WebhookBody {
  const { id: _, type, at, ...data } = eventFor('partner', event)
  return { type, timestamp: at, data }
}

const parcelFor = ({ shipmentId, warehouseId, status, amount, pieces }: Parcel): Parcel => ({
  shipmentId,
  warehouseId,
  status,
  amount,
  pieces: pieces.map(({ productId, quantity }) => ({ productId, quantity })),
})
type Parcel = NonNullable<OrderEvent['shipments']>[number]
