import { limits } from './redis-keys.ts'

/** A stream as it is at one moment; times in ms since 1970, by the clock that makes the stream's ids. */
export type StreamFacts = {
  now: number
  /** Since when nothing was forgotten but by the limits. */
  since: number
  /** The ids of the oldest entry that is kept and of the newest that ever was; '' when there is none. */
  first: string
  last: string
  /** How many entries were dropped because the stream was too long. */
  dropped: number
}

/** `gap`: updates that the reader did not see are no longer kept. */
export type Start = { cursor: string; gap: boolean }

// How far a server's clock may step back without a new entry getting an id before the start of an empty stream.
const MINUTE = 60_000

/** Where a reader goes on that saw everything up to `since`. */
export function placeIn(facts: StreamFacts, since: string | undefined): Start {
  const end = facts.last || `${Math.max(facts.since, facts.now - MINUTE)}-0`
  if (since === undefined) return { cursor: end, gap: false }
  const [time] = partsOf(since)
  const expired = time < BigInt(facts.now - limits.updatesFor * 1_000) || time < BigInt(facts.since)
  const dropped = facts.dropped > 0 && isBefore(since, facts.first)
  // It saw more than there ever was: Redis came back with less than it had.
  const lost = isBefore(end, since)
  const gap = expired || dropped || lost
  return gap ? { cursor: end, gap } : { cursor: since, gap }
}

export const isCursor = (text: string): boolean => /^\d{1,15}-\d{1,19}$/.test(text)

export function isBefore(one: string, other: string): boolean {
  const [oneTime, oneNumber] = partsOf(one)
  const [otherTime, otherNumber] = partsOf(other)
  return oneTime === otherTime ? oneNumber < otherNumber : oneTime < otherTime
}

function partsOf(id: string): [time: bigint, number: bigint] {
  const [time = '0', number = '0'] = id.split('-')
  return [BigInt(time), BigInt(number)]
}
