import { z } from 'zod'
import { AddressId, CustomerId, Email, text } from '#api/http/schemas.ts'
import type { CustomerAddress } from '#contracts/customer.ts'
import { lengths } from '#contracts/limits.ts'
import type { Address as AddressMessage, Customer } from '#generated/proto/customer/v1/customer_pb.ts'

const postal = {
  line: text(lengths.line),
  city: text(lengths.city),
  postcode: text(lengths.postcode),
  country: text(lengths.country),
}

const Place = z
  .strictObject({
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
  })
  .meta({ description: 'Degrees, WGS 84: the nearest warehouse delivers' })

export const Addresses = z
  .array(z.strictObject({ addressId: AddressId, ...postal, place: Place }).meta({ id: 'NewAddress' }))
  .min(1)
  .max(20)
  .refine((all) => new Set(all.map(({ addressId }) => addressId)).size === all.length, {
    error: 'must have another addressId each',
  })
  .meta({ description: 'Parcels go to the first, unless an order names another' })

export const contactFields = {
  name: text(lengths.name),
  email: Email,
  phone: text(lengths.phone),
}

export const NewCustomer = z
  .strictObject({ customerId: CustomerId, ...contactFields, addresses: Addresses })
  .meta({ id: 'NewCustomer' })

/** As older clients bring customers in: with one address, and its place beside it. */
export const PutCustomer = z
  .strictObject({
    customerId: CustomerId,
    ...contactFields,
    addresses: Addresses.optional(),
    address: z.strictObject(postal).optional().meta({ deprecated: true }),
    place: Place.optional().meta({ deprecated: true }),
  })
  .refine(({ addresses, address, place }) => (addresses ? !address && !place : address && place), {
    error: 'is missing; it must be a list (or give address and place, as older clients do)',
    path: ['addresses'],
  })
  .meta({ id: 'PutCustomer' })

const AddressView = z
  .object({
    addressId: z.string(),
    line: z.string(),
    city: z.string(),
    postcode: z.string(),
    country: z.string(),
    place: z.object({ latitude: z.number(), longitude: z.number() }),
  })
  .meta({ id: 'Address' })

export const CustomerView = z
  .object({
    customerId: z.string(),
    name: z.string(),
    email: z.string(),
    phone: z.string(),
    addresses: z.array(AddressView),
  })
  .meta({ id: 'Customer' })

export const exampleCustomer = {
  customerId: '17850',
  name: 'Ada Example',
  email: 'ada@example.com',
  phone: '+44 20 7946 0000',
  addresses: [
    {
      addressId: 'home',
      line: '1 High Street',
      city: 'London',
      postcode: 'SW1A 1AA',
      country: 'United Kingdom',
      place: { latitude: 51.5, longitude: -0.12 },
    },
  ],
}

/** As the service takes them. */
export const messagesOf = (addresses: z.output<typeof Addresses>): CustomerAddress[] =>
  addresses.map(({ place, ...address }) => ({ ...address, ...place }))

export function addressesOf({ addresses, address, place }: z.output<typeof PutCustomer>): CustomerAddress[] {
  if (addresses) return messagesOf(addresses)
  return address && place ? [{ addressId: 'home', ...address, ...place }] : []
}

export function viewOf(customer: Customer | undefined): z.output<typeof CustomerView> {
  if (!customer) throw new Error('the customer service answered without a customer')
  const { customerId, name, email, phone, addresses } = customer
  return { customerId, name, email, phone, addresses: addresses.map(addressOf) }
}

const addressOf = ({ addressId, line, city, postcode, country, latitude, longitude }: AddressMessage) => ({
  addressId,
  line,
  city,
  postcode,
  country,
  place: { latitude, longitude },
})
