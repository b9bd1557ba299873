import { bucketOf, findBucketOfId } from '#platform/ids.ts'
import { CouldNotLook, orUnseen, type Shard, wasSeen } from '../books.ts'
import { idsIn } from '../ids.ts'
import { type Look, type Offender, type Rule, verdict } from './rule.ts'

export const shardRules: Rule[] = [
  {
    kind: 'books',
    name: 'shards.orders',
    says: 'Each database of orders has a range of buckets of its own, so that no order is in two.',
    counts: 'orders',
    look: ({ databases }) => rangesApart(databases.order, 'orders', findBucketOfId),
  },
  {
    kind: 'books',
    name: 'shards.customers',
    says: 'Each database of customers has a range of buckets of its own, so that no customer is in two.',
    counts: 'customers',
    look: ({ databases }) => rangesApart(databases.customer, 'customers', bucketOf),
  },
  {
    kind: 'books',
    name: 'shards.users',
    says: 'Each database of customers has the users of a range of buckets of its own, so that no user is in two.',
    counts: 'users',
    look: ({ databases }) => rangesApart(databases.customer, 'users', bucketOf),
  },
  {
    kind: 'order',
    name: 'shards.ids',
    says: 'An order’s id has the bucket of its customer.',
    counts: 'orders',
    needs: ['order'],
    judge({ orderId, order }) {
      if (!order) return undefined
      const [its, customers] = [findBucketOfId(orderId), bucketOf(order.customerId)]
      return verdict(its === customers, `bucket ${its ?? 'none'}, but ${order.customerId} is in ${customers}`)
    },
  },
]

/** Undefined of what has none: another rule's matter. */
type BucketOf = (id: string) => number | undefined

type Table = 'orders' | 'customers' | 'users'

async function rangesApart(shards: readonly Shard[], table: Table, bucketOf: BucketOf): Promise<Look> {
  const looks = await Promise.all(shards.map((shard) => orUnseen(() => rangeIn(shard, table, bucketOf))))
  const ranges = looks.filter(wasSeen)
  const byFirst = ranges.filter(hasBuckets).sort((a, b) => a.first.bucket - b.first.bucket)
  return {
    counted: ranges.reduce((sum, { counted }) => sum + counted, 0),
    offenders: byFirst.flatMap((upper, i) => byFirst.slice(0, i).flatMap((lower) => overlap(lower, upper))),
    unseen: looks.flatMap((look) => (look instanceof CouldNotLook ? [look.message] : [])),
  }
}

/** A row at an end of the range of buckets that a shard has rows of. */
type End = { bucket: number; id: string }
type Range = { name: string; counted: number; first: End; last: End }

async function rangeIn(shard: Shard, table: Table, bucketOf: BucketOf) {
  const range: Range = {
    name: shard.name,
    counted: 0,
    first: { bucket: Number.POSITIVE_INFINITY, id: '' },
    last: { bucket: Number.NEGATIVE_INFINITY, id: '' },
  }
  for await (const ids of idsIn(shard, table, 5_000)) {
    range.counted += ids.length
    for (const id of ids) {
      const bucket = bucketOf(id)
      if (bucket === undefined) continue
      if (bucket < range.first.bucket) range.first = { bucket, id }
      if (bucket > range.last.bucket) range.last = { bucket, id }
    }
  }
  return range
}

const hasBuckets = ({ last }: Range): boolean => last.bucket >= 0

/** `lower` begins before `upper`. */
const overlap = (lower: Range, upper: Range): Offender[] =>
  lower.last.bucket < upper.first.bucket
    ? []
    : [{ id: [lower.name, upper.name].sort().join('+'), found: `${inWords(lower)}; ${inWords(upper)}` }]

const inWords = ({ name, first, last }: Range) =>
  `${name} has buckets ${first.bucket} (${first.id}) to ${last.bucket} (${last.id})`
