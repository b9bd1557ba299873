import type { CustomerContact } from '#contracts/customer.ts'
import { idForm } from '#contracts/ids.ts'

export type Customer = CustomerContact & { customerId: string }

export const mostPerRequest = 500

/** An id that no customer can have is simply nobody's. */
export const isCustomerId = (text: string): boolean => idForm.test(text)

type Check = { field: string; holds(customer: Customer): boolean; wanted: string }

const text = (field: string, value: (customer: Customer) => string, longest = 200): Check => ({
  field,
  holds: (customer) => /^\P{Cc}+$/u.test(value(customer)) && value(customer).length <= longest,
  wanted: `must be 1 to ${longest} printable characters`,
})

const degrees = (field: string, value: (customer: Customer) => number, most: number): Check => ({
  field,
  holds: (customer) => Math.abs(value(customer)) <= most,
  wanted: `must be from -${most} to ${most} degrees`,
})

const checks: Check[] = [
  {
    field: 'customer_id',
    holds: ({ customerId }) => isCustomerId(customerId),
    wanted: 'must be 1 to 64 letters, digits, dots, underscores or hyphens',
  },
  text('name', ({ name }) => name),
  {
    field: 'email',
    holds: ({ email }) => /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+\.[^\s@\p{Cc}]+$/u.test(email) && email.length <= 254,
    wanted: 'must look like name@example.com',
  },
  text('phone', ({ phone }) => phone, 40),
  text('address.line', ({ address }) => address.line),
  text('address.city', ({ address }) => address.city),
  text('address.postcode', ({ address }) => address.postcode, 20),
  text('address.country', ({ address }) => address.country, 100),
  degrees('address.latitude', ({ place }) => place.latitude, 90),
  degrees('address.longitude', ({ place }) => place.longitude, 180),
]

/** What is wrong with the customers of one request, each with the field's name; none when all are right. */
export function customerProblems(customers: readonly Customer[]): string[] {
  if (customers.length > mostPerRequest)
    return [`customers: must be at most ${mostPerRequest} in one request`]
  const seen = new Set<string>()
  return customers.flatMap((customer, i) => {
    const twice = seen.has(customer.customerId)
    seen.add(customer.customerId)
    const failed = checks.filter((check) => !check.holds(customer))
    return [
      ...failed.map(({ field, wanted }) => `customers[${i}].${field}: ${wanted}`),
      ...(twice ? [`customers[${i}].customer_id: ${customer.customerId} is there twice`] : []),
    ]
  })
}
