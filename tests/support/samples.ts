import type { OrderPolicy } from '#contracts/order-record.ts'

export const policy: OrderPolicy = {
  decisionTimeout: 30 * 60_000,
  parcelDeadline: 72 * 3_600_000,
  stepPatience: 24 * 3_600_000,
}

export const contact = {
  name: 'A Customer',
  email: '17850@example.com',
  phone: '+44 20 7946 0000',
  address: { line: '1 Street', city: 'London', postcode: 'N1', country: 'United Kingdom' },
  place: { latitude: 51.5, longitude: -0.13 },
}
