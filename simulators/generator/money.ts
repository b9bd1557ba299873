import type { Minor } from '#contracts/money.ts'

/** "2.55", "3.5", "8" or "-11.0" pounds in pence, digit by digit: no float is ever rounded. Undefined for anything else. */
export function penceOf(text: string): Minor | undefined {
  // Beyond the pence only zeros: 0.001 pounds cannot be charged.
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,2})0*)?$/.exec(text)
  if (!match) return undefined
  const [, sign, pounds, pence = ''] = match
  const amount = Number(pounds) * 100 + Number(pence.padEnd(2, '0'))
  return sign === '-' && amount > 0 ? -amount : amount
}

/** 4728353 as "47283.53". */
export const inPounds = (amount: Minor): string =>
  `${amount < 0 ? '-' : ''}${Math.floor(Math.abs(amount) / 100)}.${String(Math.abs(amount) % 100).padStart(2, '0')}`
