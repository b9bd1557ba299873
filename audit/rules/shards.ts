import { bucketOf, findBucketOfId } from '#platform/ids.ts'
import { idsIn } from '../ids.ts'
import { CouldNotLook, orUnseen, type Shard, wasSeen } from '../sources.ts'
import { type Look, type Offender, type Rule, verdict } from './rule.ts'

export const shardRules: Rule[] = [
  {
    kind: 'books',
    name: 'shards.orders',
    says: 'Each database of orders has a range of buckets of its own, so that no order is in two.',
    counts: 'orders',
    look: ({ databases }) => rangesApart(databases.order, rangeOfOrders),
  },
  {
    kind: 'books',
    name: 'shards.customers',
    says: 'Each database of customers has a range of buckets of its own, so that no customer is in two.',
    counts: 'customers',
    look: ({ databases }) => rangesApart(databases.customer, (shard) => rangeOf(shard, 'customers')),
  },
  {
    kind: 'books',
    name: 'shards.users',
    says: 'Each database of customers has the users of a range of buckets of its own, so that no user is in two.',
    counts: 'users',
    look: ({ databases }) => rangesApart(databases.customer, (shard) => rangeOf(shard, 'users')),
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

/** A row at an end of the range of buckets that a shard has rows of. */
type End = { bucket: number; id: string }
type Range = { name: string; counted: number; first: End; last: End }

async function rangesApart(
  shards: readonly Shard[],
  rangeIn: (shard: Shard) => Promise<Range>,
): Promise<Look> {
  const looks = await Promise.all(shards.map((shard) => orUnseen(() => rangeIn(shard))))
  const ranges = looks.filter(wasSeen)
  const byFirst = ranges.filter(hasBuckets).sort((a, b) => a.first.bucket - b.first.bucket)
  return {
    counted: ranges.reduce((sum, { counted }) => sum + counted, 0),
    offenders: byFirst.flatMap((upper, i) => byFirst.slice(0, i).flatMap((lower) => overlap(lower, upper))),
    unseen: looks.flatMap((look) => (look instanceof CouldNotLook ? [look.message] : [])),
  }
}

const empty = {
  first: { bucket: Number.POSITIVE_INFINITY, id: '' },
  last: { bucket: Number.NEGATIVE_INFINITY, id: '' },
}

/** The bucket is part of an order's id; what has none is another rule's matter. */
async function rangeOfOrders({ name, sql }: Shard): Promise<Range> {
  const [row] = await sql.query<{ counted: number; first: string | null; last: string | null }>(
    `select count(*) as counted, min(place collate "C") as first, max(place collate "C") as last from (
       select case when order_id ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
         then lower(substr(order_id, 16, 3)) || order_id end as place from orders) as orders`,
  )
  const end = (place: string): End => ({ bucket: Number.parseInt(place.slice(0, 3), 16), id: place.slice(3) })
  if (!row?.first || !row.last) return { name, counted: row?.counted ?? 0, ...empty }
  return { name, counted: row.counted, first: end(row.first), last: end(row.last) }
}

async function rangeOf(shard: Shard, table: 'customers' | 'users'): Promise<Range> {
  const range: Range = { name: shard.name, counted: 0, ...empty }
  for await (const ids of idsIn(shard, table, 5_000)) {
    range.counted += ids.length
    for (const id of ids) {
      const bucket = bucketOf(id)
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
