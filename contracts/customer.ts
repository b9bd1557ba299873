/** Degrees, WGS 84. */
export type Place = { latitude: number; longitude: number }

export type Address = { line: string; city: string; postcode: string; country: string }

/** One of a customer's addresses; `addressId` is the customer's own name for it, such as `home`. */
export type CustomerAddress = Address & Place & { addressId: string }

/** The first address is where parcels go unless the order names another. */
export type Customer = {
  customerId: string
  name: string
  email: string
  phone: string
  addresses: CustomerAddress[]
}

/** A customer as an order keeps it: where to write, and where the parcels go. */
export type CustomerContact = { name: string; email: string; phone: string; address: Address; place: Place }
