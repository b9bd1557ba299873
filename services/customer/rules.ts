import type { Customer, CustomerAddress } from '#contracts/customer.ts'
import { idForm, idInWords } from '#contracts/ids.ts'
import { repeats } from '#platform/checks.ts'

export const mostPerRequest = 500
const mostAddresses = 20

/** An id that no customer can have is simply nobody's. */
export const isCustomerId = (text: string): boolean => idForm.test(text)

/** What is given takes the place of what was; addresses do so together. */
export type CustomerChanges = Partial<Omit<Customer, 'customerId'>>

type Check = { holds(value: unknown): boolean; wanted: string }

const text = (most: number, least = 1): Check => ({
  holds: (value) => isText(value, least, most) && /^\P{Cc}*$/u.test(value),
  wanted: `must be ${least === 0 ? 'at most' : `${least} to`} ${most} printable characters`,
})
const id: Check = {
  holds: (value) => typeof value === 'string' && isCustomerId(value),
  wanted: `must be ${idInWords}`,
}
const degrees = (most: number): Check => ({
  holds: (value) => typeof value === 'number' && Math.abs(value) <= most,
  wanted: `must be from -${most} to ${most} degrees`,
})
const email: Check = {
  holds: (value) => typeof value === 'string' && isEmail(value),
  wanted: 'must look like name@example.com',
}

const isText = (value: unknown, least: number, most: number): value is string =>
  typeof value === 'string' && value.length >= least && value.length <= most

/** As long as an address can be. */
export const isEmail = (text: string): boolean =>
  text.length <= 254 && /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+\.[^\s@\p{Cc}]+$/u.test(text)

const contactChecks = { name: text(200), email, phone: text(40, 0) }

const addressChecks = {
  addressId: id,
  line: text(200),
  city: text(200),
  postcode: text(20, 0),
  country: text(100),
  latitude: degrees(90),
  longitude: degrees(180),
}

/** What is wrong with the customers of one request, each with the field's name; none when all are right. */
export function customerProblems(customers: readonly Customer[]): string[] {
  if (customers.length > mostPerRequest)
    return [`customers: must be at most ${mostPerRequest} in one request`]
  const twice = repeats(customers.map(({ customerId }) => customerId))
  return customers.flatMap((customer, i) => [
    ...problemsOf(customer, `customers[${i}].`),
    ...(twice.has(i) ? [`customers[${i}].customer_id: ${customer.customerId} is there twice`] : []),
  ])
}

/** `path` is the customer's own, with a dot at its end. */
export function problemsOf({ customerId, ...contact }: Customer, path: string): string[] {
  return [...failed({ customerId: id }, { customerId }, path), ...changeProblems(contact, path)]
}

/** Of what is given. */
export function changeProblems({ addresses, ...contact }: CustomerChanges, path = ''): string[] {
  return [
    ...failed(contactChecks, contact, path),
    ...(addresses ? addressProblems(addresses, `${path}addresses`) : []),
  ]
}

function addressProblems(addresses: readonly CustomerAddress[], path: string): string[] {
  if (addresses.length < 1 || addresses.length > mostAddresses)
    return [`${path}: must be 1 to ${mostAddresses}`]
  const twice = repeats(addresses.map(({ addressId }) => addressId))
  return addresses.flatMap((address, i) => [
    ...failed(addressChecks, address, `${path}[${i}].`),
    ...(twice.has(i) ? [`${path}[${i}].address_id: ${address.addressId} is there twice`] : []),
  ])
}

/** What is not given is not wrong. */
function failed(checks: Record<string, Check>, values: Record<string, unknown>, path: string): string[] {
  return Object.entries(checks)
    .filter(([field, { holds }]) => values[field] !== undefined && !holds(values[field]))
    .map(([field, { wanted }]) => `${path}${inSnakeCase(field)}: ${wanted}`)
}

/** As the messages name it. */
const inSnakeCase = (field: string) => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
