import type { Role } from '#contracts/actor.ts'

/** How many live connections there may be, and what each may do. */
export type LiveLimits = {
  /** One person's, over all instances. */
  person: Record<Role, number>
  /** From one network address, over all instances: an office or a phone network is one. */
  address: number
  /** At this instance. */
  all: number
  /** How soon a connection must say who it is, in ms. */
  signInWithin: number
  /** Packets of a client in `per` ms; it has nothing to say after the handshake but that it is still there. */
  packets: { most: number; per: number }
  /** After how long a client that found no place may ask again, in s. */
  retryAfter: number
}

export const usualLimits: LiveLimits = {
  person: { customer: 6, staff: 20 },
  address: 200,
  all: 5_000,
  signInWithin: 10_000,
  packets: { most: 20, per: 10_000 },
  retryAfter: 10,
}
