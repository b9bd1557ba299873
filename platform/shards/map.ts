import { BUCKETS } from '../ids.ts'

/** Where the database of a range of buckets, both ends included, can be reached. */
export type ShardAddress = {
  /** Also the database's name. */
  name: string
  host: string
  port: number
  firstBucket: number
  lastBucket: number
}

export type ShardMap = { version: number; shards: readonly ShardAddress[] }

/** A name, an IPv4 or an IPv6 address: what a URL takes. */
const HOST = /^[\w.:-]+$/

/** Why the shards are not every bucket exactly once, each at an address; undefined when they are. */
export function problemOf(shards: readonly ShardAddress[]): string | undefined {
  const names = shards.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) return `${twice} is in it twice`
  const nowhere = shards.find(
    ({ name, host, port }) => !name || !HOST.test(host) || !(port > 0 && port < 65_536),
  )
  if (nowhere) return `${nowhere.name || 'a shard without a name'} has no address`
  const nothing = shards.find(
    ({ firstBucket, lastBucket }) => !(0 <= firstBucket && firstBucket <= lastBucket && lastBucket < BUCKETS),
  )
  return nothing ? `there are no such buckets: ${inWords(nothing)}` : gapOrOverlap(shards)
}

function gapOrOverlap(shards: readonly ShardAddress[]): string | undefined {
  let next = 0
  let before = ''
  for (const { name, firstBucket, lastBucket } of byBucket(shards)) {
    if (firstBucket < next) return `bucket ${firstBucket} is in ${before} and in ${name}`
    if (firstBucket > next) return `${range(next, firstBucket - 1)} in no shard`
    next = lastBucket + 1
    before = name
  }
  return next < BUCKETS ? `${range(next, BUCKETS - 1)} in no shard` : undefined
}

const range = (first: number, last: number) =>
  first === last ? `bucket ${first} is` : `buckets ${first} to ${last} are`

const byBucket = (shards: readonly ShardAddress[]) => shards.toSorted((a, b) => a.firstBucket - b.firstBucket)

/** What the second has otherwise than the first besides addresses; undefined when nothing. */
export function differenceOf(
  before: readonly ShardAddress[],
  after: readonly ShardAddress[],
): string | undefined {
  const [was, is] = [before, after].map((shards) => byBucket(shards).map(inWords).join(', '))
  return was === is ? undefined : `the shards were ${was} and would be ${is}`
}

const inWords = ({ name, firstBucket, lastBucket }: ShardAddress) =>
  `${name} (${firstBucket} to ${lastBucket})`

/** The shard's own URL; user, password and parameters are those of `base`. */
export function urlOf(base: string, { name, host, port }: ShardAddress): string {
  const url = new URL(base)
  url.hostname = host.includes(':') ? `[${host}]` : host
  url.port = String(port)
  url.pathname = `/${encodeURIComponent(name)}`
  return url.href
}
