import { createHash, randomBytes } from 'node:crypto'
import murmurhash from 'murmurhash'

/** How many buckets there are, for ever: 12 bits, so that a bucket fits into an id. */
export const BUCKETS = 4_096

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([78])([0-9a-f]{3})-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

type Random = (bytes: number) => Uint8Array

/** The bucket of a key: MurmurHash3 (32 bit, seed 0) of its UTF-8 bytes, modulo 4096. */
export function bucketOf(key: string): number {
  return murmurhash.v3(key, 0) % BUCKETS
}

/** The buckets of the nth of `count` shards, both ends included: split evenly, and each in one shard. */
export const evenRange = (nth: number, count: number) => ({
  firstBucket: Math.floor((nth * BUCKETS) / count),
  lastBucket: Math.floor(((nth + 1) * BUCKETS) / count) - 1,
})

/** A UUIDv7 whose 12 bits `rand_a` are the bucket, so that a lookup by id asks one shard. */
export function newIdInBucket(bucket: number, now: Date, random: Random = randomBytes): string {
  const bytes = random(16)
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, Math.floor(now.getTime() / 2 ** 16))
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(4, now.getTime() % 2 ** 16)
  return uuid(bytes, 7, bucket)
}

/** A UUIDv8 that follows from `name` (SHA-256), with the bucket in the 12 bits after the version. */
export function derivedIdInBucket(bucket: number, name: string): string {
  return uuid(createHash('sha256').update(name).digest().subarray(0, 16), 8, bucket)
}

/** The bucket that `newIdInBucket` or `derivedIdInBucket` put into the id. Throws on any other text. */
export function bucketOfId(id: string): number {
  const bucket = findBucketOfId(id)
  if (bucket === undefined) throw new RangeError(`"${id}" is no id with a bucket`)
  return bucket
}

/** As `bucketOfId`, for ids that somebody else wrote: undefined on any other text. */
export function findBucketOfId(id: string): number | undefined {
  const bits = UUID.exec(id)?.[2]
  return bits === undefined ? undefined : Number.parseInt(bits, 16)
}

/** A plain UUIDv7. */
export function newId(now: Date = new Date()): string {
  return newIdInBucket(randomBytes(2).readUInt16BE() % BUCKETS, now)
}

/** A UUIDv8 that follows from `name`: the same name, the same id. */
export function derivedId(name: string): string {
  return derivedIdInBucket(createHash('sha256').update(name).digest().readUInt16BE(6) % BUCKETS, name)
}

function uuid(bytes: Uint8Array, version: number, bucket: number): string {
  if (!Number.isInteger(bucket) || bucket < 0 || bucket >= BUCKETS)
    throw new RangeError(`no bucket ${bucket}`)
  const hex = Buffer.from(bytes).toString('hex')
  const variant = (0x8 | (Number.parseInt(hex.charAt(16), 16) & 0x3)).toString(16)
  const middle = `${version}${bucket.toString(16).padStart(3, '0')}`
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${middle}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
