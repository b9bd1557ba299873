import type { RedrivenLetter } from '#contracts/dead-letter.ts'
import type { ShipmentStatus } from '#contracts/logistics.ts'
import type { CancelReason, OrderSource, OrderStatus } from '#contracts/order.ts'
import type { ReturnStatus } from '#contracts/return.ts'

type Stuck<Step> = { step: Step; since: string; error: string }

/** The gateway's answers, as its OpenAPI document describes them. */
export type OrderSummary = {
  orderId: string
  customerId: string
  source: OrderSource
  reference: string | null
  status: OrderStatus
  reason: CancelReason | null
  currency: string
  total: number
  refunded: number
  placedAt: string
  endedAt: string | null
  /** `step` is null for customers. */
  stuck: Stuck<string | null> | null
}
/** A database that did not answer, so that what it has is not in the page. */
export type Missing = { shard: string; why: string }
export type OrderPage = { orders: OrderSummary[]; nextCursor: string | null; missing?: Missing[] }
export type HistoryEntry = {
  sequence: number
  type: string
  status: OrderStatus
  by: string
  note: string | null
  at: string
}
type Line = { lineNumber: number; productId: string; quantity: number; unitPrice: number | null }
export type Shipment = {
  shipmentId: string
  warehouseId: string
  status: ShipmentStatus
  amount: number
  movedAt: string
  lines: Line[]
}
export type Return = {
  number: number
  status: ReturnStatus
  reason: string | null
  amount: number
  requestedAt: string
  endedAt: string | null
  lines: (Omit<Line, 'unitPrice'> & { unitPrice: number; restocked: number; writtenOff: number })[]
}
type Contact = { name: string; email: string; address: { city: string; country: string } }
export type OrderDetails = OrderSummary & {
  /** Staff see all steps that fail. */
  stuckSteps: (Stuck<string> & { shipmentId: string | null })[]
  waitingFor: string | null
  lines: Line[]
  shipments: Shipment[]
  returns: Return[]
  history: HistoryEntry[]
  contact: Contact | null
}

export type DeadLetterSummary = {
  id: string
  topic: string
  key: string
  type: string | null
  messageId: string | null
  reason: string
  groups: string[]
  at: string
  redriven: { at: string; by: string } | null
}
export type DeadLetterPage = { deadLetters: DeadLetterSummary[]; nextCursor: string | null }
export type DeadLetterDetails = DeadLetterSummary & {
  headers: Record<string, string>
  /** Base64. */
  value: string
  /** Protobuf JSON; null when it cannot be decoded. */
  content: object | null
  undecodable: string | null
}
export type RedriveView = { redriveId: string; running: boolean; total: number; done: LetterOutcome[] }
export type LetterOutcome = { letterId: string; kind: RedrivenLetter['kind']; problem: string | null }

export type Customer = {
  customerId: string
  name: string
  email: string
  phone: string
  addresses: {
    addressId: string
    line: string
    city: string
    postcode: string
    country: string
    place: { latitude: number; longitude: number }
  }[]
}

export type Mail = { orderId: string; recipient: string; subject: string; text: string; at: string }
export type MailPage = { mails: Mail[]; nextCursor: string | null }

export type Webhook = { webhookId: string; url: string; events: string[]; createdAt: string }
export type Delivery = {
  deliveryId: string
  event: string
  orderId: string
  status: 'pending' | 'delivered' | 'failed'
  attempts: number
  lastAnswer: string | null
  attemptedAt: string | null
}

export type ProductPage = {
  products: {
    productId: string
    name: string
    price: number
    currency: string
    stock: { warehouseId: string; onHand: number; reserved: number }[]
  }[]
  nextCursor: string | null
}

export type Account = { customerId: string; currency: string; balance: number; createdAt: string }
export type AccountPage = { accounts: Account[]; nextCursor: string | null }
export type EntryPage = {
  entries: {
    transferId: string
    kind: string
    amount: number
    orderId: string | null
    reason: string | null
    at: string
  }[]
  nextCursor: string | null
}

export type CustomerPage = { customers: Customer[]; nextCursor: string | null }

export type UserPage = { users: { userName: string; role: string; id: string }[]; nextCursor: string | null }
