/** Of a webhook's address. */
export const maxUrlLength = 2_000
/** How many deliveries of each webhook are kept; besides them those that are still being tried. */
export const maxDeliveriesListed = 200
/** In h. So long a webhook's old secret signs beside the new one. */
export const oldSecretSigns = 24

/** How many products are looked up by their ids at once. */
export const maxProductsFound = 100

/** What a step of the simulated courier may take, in ms. */
export const courierStepLongest = 60_000
/** How many orders a second the generators of a demonstration may be asked for. */
export const generatorRateMost = 50

/** Limits of the texts that people and other systems write, in characters as people count them; platform/values/texts.ts is the rule. */
export const lengths = {
  /** A customer's or a product's. */
  name: { max: 200 },
  phone: { max: 40, min: 0 },
  /** An address's. */
  line: { max: 200 },
  city: { max: 100 },
  postcode: { max: 20, min: 0 },
  country: { max: 100 },
  /** Why somebody did something, for histories. */
  note: { max: 500 },
  search: { max: 100 },
  password: { min: 8, max: 200 },
  /** A source's own number of an order. */
  reference: { max: 128, maxBytes: 255 },
} as const
