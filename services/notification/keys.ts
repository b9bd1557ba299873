const root = 'notification'

export const keys = {
  /** The streams of updates. */
  updatesOf: (customerId: string) => `${root}:updates:customer:${customerId}`,
  updatesForStaff: `${root}:updates:staff`,
  /** A message that was taken in. */
  seen: (messageId: string) => `${root}:seen:${messageId}`,
  /** A message that was written about. */
  written: (messageId: string) => `${root}:written:${messageId}`,
  /** Since when, in ms, this Redis has forgotten nothing of ours. */
  since: `${root}:since`,
  mails: `${root}:mails`,
  mailsOf: (orderId: string) => `${root}:mails:order:${orderId}`,
  /** Says on which customer's stream there is something new; the streams are the truth, and this only wakes. */
  wake: `${root}:wake`,
} as const

const day = 86_400

/** How much is kept. What a screen shows comes from the services: these are for those who were away for a while. */
export const limits = {
  updatesPerCustomer: 1_000,
  updatesForStaff: 50_000,
  mails: 10_000,
  /** In s. */
  updatesFor: 7 * day,
  seenFor: 7 * day,
  mailsFor: 30 * day,
} as const
