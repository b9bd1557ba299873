import { type DatabaseOwner } from '#contracts/services.ts'
import type { OrderFacts, Source } from '../facts/facts.ts'
import { CouldNotLook, orUnseen, type Shard, type Sources, wasSeen } from '../sources.ts'

/** Who breaks a rule, and what was found there. */
export type Offender = { id: string; found: string }

/** What differs only because something is on its way: not an offence. */
export type Waiting = Offender & { because: string }

/** So many of each rule are named; the others are counted. */
export const SHOWN = 20

/** `says` is the rule in a sentence, `counts` names what it is held against. */
type About = { name: string; says: string; counts: string }

/** What a rule found. `unseen`: why a part of it could not be looked at. */
export type Look = {
  counted: number
  exempt?: number
  /** Some of them, when there are many; `offending` is how many there are. */
  offenders: Offender[]
  offending?: number
  /** Some of what is on its way; `reasons` counts all of it. */
  waiting?: Waiting[]
  reasons?: Record<string, number>
  unseen?: string[]
}

/** A rule about books as a whole. */
export type SourceRule = About & { kind: 'books'; exempt?: string; look(sources: Sources): Promise<Look> }

/** Undefined: the rule does not concern this order. `exempt`: it cannot be told any more. */
export type Verdict = undefined | 'right' | 'exempt' | { wrong: string }

/**
 * What may still be on its way when books differ:
 * `saga`: the order's workflow has work in hand; `settling`: inventory has not heard how the order ended;
 * `beside`: a refund by staff, or a return, is between two of its steps.
 */
export type Excuse = 'saga' | 'settling' | 'beside'

/** A rule about each order by itself, with what every database and Temporal know of it. */
export type OrderRule = About & {
  kind: 'order'
  /** Without these nothing can be said. */
  needs: readonly Source[]
  /** A difference is none as long as one of these is so. */
  unless?: readonly Excuse[]
  exempt?: string
  judge(facts: OrderFacts, sources: Pick<Sources, 'clock' | 'patience' | 'parcelDeadline'>): Verdict
}

export type Rule = SourceRule | OrderRule

export const verdict = (right: boolean, found: string): Verdict => (right ? 'right' : { wrong: found })

/** Right when nothing was found. */
export const noneOf = (found: readonly string[]): Verdict => verdict(found.length === 0, found.join('; '))

type InSql = About & {
  database: DatabaseOwner
  /** One row with the number `counted`. */
  counted: string
  /** Rows of `id` and `found`, both text. With `$1` it looks at what has changed since then; null: at everything. */
  offenders: string
}

/** A rule that each of a service's databases can answer by itself, in one statement: nothing in it is on its way. */
export function ruleInSql({ name, says, counts, database, counted, offenders }: InSql): SourceRule {
  const values = (since: Date | null) => (offenders.includes('$1') ? [since] : [])
  return {
    kind: 'books',
    name,
    says,
    counts,
    look: ({ databases, since }) =>
      inEach(databases[database], async ({ sql }) => {
        const [size] = await sql.query<{ counted: number }>(counted)
        const found = await sql.query<Offender & { all: number }>(
          `select id, found, (count(*) over ())::int as all from (${offenders}) as found order by id limit ${SHOWN}`,
          values(since),
        )
        return {
          counted: size?.counted ?? 0,
          offenders: found.map(({ id, found }) => ({ id, found })),
          offending: found[0]?.all ?? 0,
        }
      }),
  }
}

/** Looks at each database by itself, and says which could not be looked at. */
export async function inEach(shards: readonly Shard[], look: (shard: Shard) => Promise<Look>): Promise<Look> {
  const looks = await Promise.all(shards.map((shard) => orUnseen(() => look(shard))))
  const seen = looks.filter(wasSeen)
  const sum = (count: (look: Look) => number) => seen.reduce((total, one) => total + count(one), 0)
  return {
    counted: sum((look) => look.counted),
    exempt: sum((look) => look.exempt ?? 0),
    offenders: seen.flatMap(({ offenders }) => offenders),
    offending: sum(({ offenders, offending }) => offending ?? offenders.length),
    waiting: seen.flatMap(({ waiting }) => waiting ?? []),
    reasons: summed(seen.map(({ reasons }) => reasons ?? {})),
    unseen: looks.flatMap((one) => (one instanceof CouldNotLook ? [one.message] : (one.unseen ?? []))),
  }
}

function summed(counts: readonly Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [name, count] of counts.flatMap(Object.entries<number>)) sums[name] = (sums[name] ?? 0) + count
  return sums
}
