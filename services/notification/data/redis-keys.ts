const root = 'notification'

/** What must not be done twice for one message. */
type Doing = 'update' | 'mail' | 'webhook' | 'overview'

const updatesOf = `${root}:events:of:`
const mailsOf = `${root}:mails:order:`

export const keys = {
  /** Every update once, in a stream. */
  updates: `${root}:events`,
  /** Where in the stream those about a customer's orders stand; none that is no longer there. */
  updatesOf: (customerId: string) => `${updatesOf}${customerId}`,
  mails: `${root}:mails`,
  mailsOf: (orderId: string) => `${mailsOf}${orderId}`,
  /** The messages for which it was done: the latest, and those before them. */
  done: (what: Doing): [latest: string, before: string] => [
    `${root}:done:${what}:latest`,
    `${root}:done:${what}:before`,
  ],
  /** The live connections of a person, and those from an address. */
  liveOf: (person: string) => `${root}:live:of:${person}`,
  liveFrom: (address: string) => `${root}:live:from:${address}`,
  /** Since when, in ms, this Redis has forgotten nothing of ours. */
  since: `${root}:since`,
  /** Says about which customer's orders there is something new; the stream is the truth, and this only wakes. */
  wake: `${root}:wake`,
} as const

export const prefixes = { updatesOf, mailsOf } as const

const day = 86_400

/**
 * How much is kept, and how long (in s): every key has a bound and an end. What a screen shows comes from the services;
 * these are for those who were away for a while.
 */
export const limits = {
  updates: 50_000,
  updatesFor: 7 * day,
  mails: 10_000,
  mailsFor: 30 * day,
  /** A repeat is known among so many messages before it at least, and no longer than twice the time. */
  done: 200_000,
  doneFor: 7 * day,
} as const

export type Bounds = { updates: number; mails: number; done: number }
