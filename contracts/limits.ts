/** Limits of the texts that people and other systems write, in characters as people count them; platform/values/texts.ts is the rule. */
export const lengths = {
  /** A customer's or a product's. */
  name: { most: 200 },
  phone: { most: 40, least: 0 },
  /** An address's. */
  line: { most: 200 },
  city: { most: 100 },
  postcode: { most: 20, least: 0 },
  country: { most: 100 },
  /** Why somebody did something, for histories. */
  note: { most: 500 },
  search: { most: 100 },
  password: { least: 8, most: 200 },
  /** A source's own number of an order. */
  reference: { most: 128, mostBytes: 255 },
} as const
