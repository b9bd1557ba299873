/** Degrees, WGS 84. */
export type Place = { latitude: number; longitude: number }

export type Address = { line: string; city: string; postcode: string; country: string }

/** A customer as an order keeps it: where to write, and where the parcels go. */
export type CustomerContact = { name: string; email: string; phone: string; address: Address; place: Place }
