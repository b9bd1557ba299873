/** ISO 4217. Every amount of one order is in one currency. */
export const currencies = ['GBP'] as const
export type Currency = (typeof currencies)[number]

export const isCurrency = (text: string): text is Currency => (currencies as readonly string[]).includes(text)
export const currencyInWords = currencies.join(' or ')

/** Where nobody names one. */
export const defaultCurrency: Currency = 'GBP'

/** Money is a whole number of the currency's minor units: 255 is £2.55. */
export type Minor = number

/** The most that one amount may be, be it a price, an order's total or a top-up: far above any real one, and far below where a double loses a penny. */
export const maxAmount: Minor = 1_000_000_000_000

/** 4728353 as "47283.53". Intl is left out: workflows use this, and its data may change between runs. */
export const formatAmount = (minor: Minor): string =>
  `${minor < 0 ? '-' : ''}${Math.floor(Math.abs(minor) / 100)}.${String(Math.abs(minor) % 100).padStart(2, '0')}`

/** "2.55", "3.5", "8" or "-11.0" pounds in pence, digit by digit: no float is ever rounded. Undefined for anything else. */
export function inMinor(text: string): Minor | undefined {
  // Beyond the pence only zeros: 0.001 pounds cannot be charged.
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,2})0*)?$/.exec(text)
  if (!match) return undefined
  const [, sign, pounds, pence = ''] = match
  const amount = Number(pounds) * 100 + Number(pence.padEnd(2, '0'))
  return sign === '-' && amount > 0 ? -amount : amount
}
