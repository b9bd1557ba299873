import type { OrderDetails, OrderSummary } from '#contracts/rest/orders.ts'

export const exampleOrderId = '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f'

export const exampleSummary: OrderSummary = {
  orderId: exampleOrderId,
  customerId: '17850',
  source: 'web',
  reference: null,
  status: 'shipping',
  reason: null,
  currency: 'GBP',
  total: 1530,
  refunded: 0,
  placedAt: '2010-12-01T08:26:00.000Z',
  updatedAt: '2010-12-01T08:27:00.000Z',
  endedAt: null,
  customerName: 'Ada Lovelace',
  stuck: null,
}

const line = { lineNumber: 1, productId: '85123A', quantity: 6, unitPrice: 255 }

const noSubject = { amount: null, transferId: null, shipmentId: null, returnNumber: null }

export const exampleOrder: OrderDetails = {
  ...exampleSummary,
  stuckSteps: [],
  waitingFor: 'The courier, about 1 shipment.',
  decision: null,
  lines: [line],
  shipments: [
    {
      shipmentId: 'b3d4c1f0-6a52-8c41-9a77-0d1e2f3a4b5c',
      warehouseId: 'london',
      status: 'sent_to_customer',
      amount: 1530,
      movedAt: '2010-12-01T08:31:00.000Z',
      lines: [line],
    },
  ],
  returns: [],
  history: [
    {
      sequence: 0,
      type: 'placed',
      status: 'pending',
      by: 'customer:17850',
      note: null,
      ...noSubject,
      at: '2010-12-01T08:26:00.000Z',
    },
    {
      sequence: 10,
      type: 'reserved',
      status: 'reserved',
      by: 'system',
      note: null,
      ...noSubject,
      amount: 1530,
      at: '2010-12-01T08:26:01.000Z',
    },
  ],
  contact: {
    name: 'Ada Example',
    email: 'ada@example.com',
    phone: '+44 20 7946 0000',
    address: { line: '1 High Street', city: 'London', postcode: 'SW1A 1AA', country: 'United Kingdom' },
  },
}
