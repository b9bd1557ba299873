/** A currency's ISO 4217 code. Every amount of one order is in one currency. */
export type Currency = 'GBP'

/** Money is a whole number of the currency's minor units: 255 is £2.55. */
export type Minor = number
