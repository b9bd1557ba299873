import type { Customer, CustomerAddress } from '#contracts/customer.ts'
import { idInWords, isId } from '#contracts/ids.ts'
import { lengths } from '#contracts/limits.ts'
import { repeats } from '#platform/values/checks.ts'
import { emailInWords, isEmail, type TextLimits, textProblem } from '#platform/values/texts.ts'

export const maxPerRequest = 500
const maxAddresses = 20

/** What is given takes the place of what was; addresses do so together. */
export type CustomerChanges = Partial<Omit<Customer, 'customerId'>>

/** In words, what the value must be; undefined when it is right. */
type Check = (value: unknown) => string | undefined

const text =
  (limits: TextLimits): Check =>
  (value) =>
    typeof value === 'string' ? textProblem(value, limits) : 'must be text'
const must =
  (holds: (value: unknown) => boolean, wanted: string): Check =>
  (value) =>
    holds(value) ? undefined : `must be ${wanted}`
const id = must((value) => typeof value === 'string' && isId(value), idInWords)
const degrees = (most: number) =>
  must((value) => typeof value === 'number' && Math.abs(value) <= most, `from -${most} to ${most} degrees`)
const email = must((value) => typeof value === 'string' && isEmail(value), emailInWords)

const contactChecks = { name: text(lengths.name), email, phone: text(lengths.phone) }

const addressChecks = {
  addressId: id,
  line: text(lengths.line),
  city: text(lengths.city),
  postcode: text(lengths.postcode),
  country: text(lengths.country),
  latitude: degrees(90),
  longitude: degrees(180),
}

/** What is wrong with the customers of one request, each with the field's name; none when all are right. */
export function customerProblems(customers: readonly Customer[]): string[] {
  if (customers.length > maxPerRequest) return [`customers: must be at most ${maxPerRequest} in one request`]
  const twice = repeats(customers.map(({ customerId }) => customerId))
  return customers.flatMap((customer, i) => [
    ...problemsOf(customer, `customers[${i}].`),
    ...(twice.has(i) ? [`customers[${i}].customer_id: ${customer.customerId} is duplicated`] : []),
  ])
}

/** `path` is the customer's own, with a dot at its end. */
export function problemsOf({ customerId, ...contact }: Customer, path: string): string[] {
  return [...failed({ customerId: id }, { customerId }, path), ...changeProblems(contact, path)]
}

/** What is wrong with what is given. */
export function changeProblems({ addresses, ...contact }: CustomerChanges, path = ''): string[] {
  return [
    ...failed(contactChecks, contact, path),
    ...(addresses ? addressProblems(addresses, `${path}addresses`) : []),
  ]
}

function addressProblems(addresses: readonly CustomerAddress[], path: string): string[] {
  if (addresses.length < 1 || addresses.length > maxAddresses)
    return [`${path}: must be 1 to ${maxAddresses}`]
  const twice = repeats(addresses.map(({ addressId }) => addressId))
  return addresses.flatMap((address, i) => [
    ...failed(addressChecks, address, `${path}[${i}].`),
    ...(twice.has(i) ? [`${path}[${i}].address_id: ${address.addressId} is duplicated`] : []),
  ])
}

/** What is not given is not wrong. */
function failed(checks: Record<string, Check>, values: Record<string, unknown>, path: string): string[] {
  return Object.entries(checks).flatMap(([field, check]) => {
    const problem = values[field] === undefined ? undefined : check(values[field])
    return problem === undefined ? [] : [`${path}${inSnakeCase(field)}: ${problem}`]
  })
}

/** As the messages name it. */
const inSnakeCase = (field: string) => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
