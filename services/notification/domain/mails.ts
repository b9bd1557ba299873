import type { OrderEvent } from '#contracts/notification.ts'
import type { CancelReason } from '#contracts/order.ts'
import { eventFor } from '#contracts/views.ts'
import { arrived, cameTooLate, partArrived, sumOf } from './shipment-text.ts'

/** What is said to the customer, before it is known to whom. */
export type MailText = { template: string; subject: string; text: string }

/** A mail as the log keeps it; `recipient` is '' when there is no such customer. */
export type Mail = MailText & {
  id: string
  orderId: string
  customerId: string
  recipient: string
  at: string
}

type Said = { subject: string; says: string }
type Template = (event: OrderEvent) => Said

/** Undefined when nobody writes about such an event. `name` is '' when there is no such customer. */
export function mailOf(happened: OrderEvent, name: string): MailText | undefined {
  const event = eventFor('customer', happened)
  const template = templateOf(event)
  const said = templates[template]?.(event)
  if (!said) return undefined
  const greeting = name === '' ? 'Hello,' : `Dear ${name},`
  return {
    template,
    subject: said.subject,
    text: `${greeting}\n\n${said.says}\n\nYour order: ${event.orderId}`,
  }
}

/**
 * `order_paid`, `return_accepted`; a cancelled order's has its reason: `order_cancelled_lost`; one of which not all arrived
 * is `order_completed_in_part`.
 */
export function templateOf(event: OrderEvent): string {
  const { type, reason } = event
  const name = type.replace('.', '_')
  if (type === 'order.completed' && partArrived(event)) return `${name}_in_part`
  if (type !== 'order.cancelled') return name
  return reason !== undefined && Object.hasOwn(cancelled, reason) ? `${name}_${reason}` : name
}

export const hasTemplate = (event: OrderEvent): boolean => templates[templateOf(event)] !== undefined

/** Why it was cancelled, and what that means for the customer's money. */
const cancelled: Record<CancelReason, string> = {
  invalid: 'We could not take your order as it was sent. Nothing was charged.',
  out_of_range: 'None of our warehouses delivers to your address. Nothing was charged.',
  out_of_stock: 'What you ordered is not in stock. Nothing was charged.',
  payment_declined: 'Your payment was declined, so we have cancelled the order. Nothing was charged.',
  customer: 'As you asked, we have cancelled your order. What you paid goes back to your account.',
  staff: 'We had to cancel your order. What you paid goes back to your account.',
  lost: 'We are sorry: your order was lost on its way. What you paid goes back to your account.',
  timed_out: 'Your order could not be finished in time, so we have cancelled it. What you paid goes back.',
}

const cancellation =
  (says: string): Template =>
  () => ({ subject: 'Your order is cancelled', says })

const templates: Readonly<Record<string, Template>> = {
  order_created: () => ({
    subject: 'We have your order',
    says: 'Thank you for your order. We are looking for it in our warehouses.',
  }),
  order_awaiting_customer: ({ note }) => ({
    subject: 'Your order needs your decision',
    says: withNote('Not all of your order is in stock. Change it or cancel it.', note),
  }),
  order_paid: (event) => ({
    subject: 'Your payment is in',
    says: `${sumOf(event, 'Your payment')} arrived. Your parcels leave next.`,
  }),
  order_shipping: () => ({ subject: 'Your order is on its way', says: 'The courier has your parcels.' }),
  order_cancel_refused: cameTooLate,
  order_completed: () => ({
    subject: 'Your order has arrived',
    says: 'Your order is complete: all of it has arrived.',
  }),
  order_completed_in_part: arrived,
  order_cancelled: cancellation('Your order is cancelled. What you paid goes back to your account.'),
  ...Object.fromEntries(
    Object.entries(cancelled).map(([reason, says]) => [`order_cancelled_${reason}`, cancellation(says)]),
  ),
  payment_failed: (event) => ({
    subject: 'Your payment was declined',
    says: `${sumOf(event, 'Your payment')} could not be taken from your account${
      event.reason === 'no_account' ? ': you have none yet' : ': it does not hold enough'
    }.`,
  }),
  payment_refunded: (event) => ({
    subject: 'Money is on its way back to you',
    says: withNote(`${sumOf(event, 'Your money')} went back to your account.`, event.reason),
  }),
  return_requested: (event) => ({
    subject: `We have your request for return ${event.returnNumber}`,
    says: 'We will look at it and write to you.',
  }),
  return_accepted: (event) => ({
    subject: `Return ${event.returnNumber} is accepted`,
    says: 'Send the goods back to us.',
  }),
  return_refused: (event) => ({
    subject: `Return ${event.returnNumber} is refused`,
    says: 'We cannot take these goods back. Write to us if you want to know why.',
  }),
  return_received: (event) => ({
    subject: `Return ${event.returnNumber} has arrived`,
    says: 'Your goods are back with us.',
  }),
  return_refunded: (event) => ({
    subject: `Return ${event.returnNumber} is refunded`,
    says:
      event.amount === undefined
        ? 'Nothing was left to pay back: you had got your money before.'
        : `${sumOf(event, 'Your money')} went back to your account.`,
  }),
  return_expired: (event) => ({
    subject: `Return ${event.returnNumber} has expired`,
    says: 'The goods did not reach us in time. Write to us if they are on their way.',
  }),
}

const withNote = (says: string, note: string | undefined) => (note ? `${says} (${note})` : says)
