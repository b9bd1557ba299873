import type { z } from 'zod'
import type { CustomerAddress } from '#contracts/customer.ts'
import type { CustomerView, NewAddresses, PutCustomer } from '#contracts/rest/customers.ts'
import type { Address as AddressMessage, Customer } from '#generated/proto/customer/v1/customer_pb.ts'

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
export const messagesOf = (addresses: z.output<typeof NewAddresses>): CustomerAddress[] =>
  addresses.map(({ place, ...address }) => ({ ...address, ...place }))

export function addressesOf({ addresses, address, place }: PutCustomer): CustomerAddress[] {
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
