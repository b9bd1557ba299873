import { z } from 'zod'
import { lengths } from '../limits.ts'
import { AddressId, CustomerId, Email, NextCursor, partialFields, text } from './fields.ts'

const postal = {
  line: text(lengths.line),
  city: text(lengths.city),
  postcode: text(lengths.postcode),
  country: text(lengths.country),
}

const NewPlace = z
  .strictObject({
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
  })
  .meta({ description: 'Degrees, WGS 84: the nearest warehouse delivers' })

export const NewAddresses = z
  .array(z.strictObject({ addressId: AddressId, ...postal, place: NewPlace }).meta({ id: 'NewAddress' }))
  .min(1)
  .max(20)
  .refine((all) => new Set(all.map(({ addressId }) => addressId)).size === all.length, {
    error: 'must have another addressId each',
  })
  .meta({ description: 'Parcels go to the first, unless an order names another' })

const contactFields = {
  name: text(lengths.name),
  email: Email,
  phone: text(lengths.phone),
}

export const NewCustomer = z
  .strictObject({ customerId: CustomerId, ...contactFields, addresses: NewAddresses })
  .meta({ id: 'NewCustomer' })
export type NewCustomer = z.output<typeof NewCustomer>

/** As older clients bring customers in: with one address, and its place beside it. */
export const PutCustomer = z
  .strictObject({
    customerId: CustomerId,
    ...contactFields,
    addresses: NewAddresses.optional(),
    address: z.strictObject(postal).optional().meta({ deprecated: true }),
    place: NewPlace.optional().meta({ deprecated: true }),
  })
  .refine(({ addresses, address, place }) => (addresses ? !address && !place : address && place), {
    error: 'is missing; it must be a list (or give address and place, as older clients do)',
    path: ['addresses'],
  })
  .meta({ id: 'PutCustomer' })
export type PutCustomer = z.output<typeof PutCustomer>

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
export type Customer = z.output<typeof CustomerView>

export const CustomerChanges = z
  .strictObject({ ...contactFields, addresses: NewAddresses })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, { error: 'must name what changes' })
  .meta({ id: 'CustomerChanges', description: 'What is not named stays; addresses are replaced together' })

export const CustomerPage = z.object({
  customers: z.array(CustomerView),
  nextCursor: NextCursor,
  ...partialFields,
})
export type CustomerPage = z.output<typeof CustomerPage>
