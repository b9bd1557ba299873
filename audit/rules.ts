import { type Books, type DatabaseName, everywhere } from './books.ts'
import type { OrderFacts } from './order-facts.ts'

/** Who breaks a rule, and what was found there. */
export type Offender = { id: string; found: string }

/** `says` is the rule in a sentence, `counts` names what it is held against. */
type About = { name: string; says: string; counts: string }

/** A rule about books as a whole. `look` reads each database in one statement, so nothing in it can be in flight. */
export type BookRule = About & {
  kind: 'books'
  look(books: Books): Promise<{ counted: number; offenders: Offender[] }>
}

/** Undefined: the rule does not concern this order. `apart`: it cannot be told any more. */
export type Verdict = undefined | 'right' | 'apart' | { wrong: string }

/** A rule about each order by itself, with what every database and Temporal know of it. */
export type OrderRule = About & { kind: 'order'; apart?: string; judge(facts: OrderFacts): Verdict }

export type Rule = BookRule | OrderRule

export const verdict = (right: boolean, found: string): Verdict => (right ? 'right' : { wrong: found })

type InSql = Omit<About, 'counts'> & {
  counts: string
  database: DatabaseName
  /** One row with the number `counted`. */
  counted: string
  /** Rows of `id` and `found`, both text. */
  offenders: string
}

/** A rule that each of a service's databases can answer by itself. */
export function ruleInSql({ name, says, counts, database, counted, offenders }: InSql): BookRule {
  return {
    kind: 'books',
    name,
    says,
    counts,
    async look({ databases }) {
      const sql = everywhere(databases[database])
      const counts = await sql.query<{ counted: number }>(counted)
      return {
        counted: counts.reduce((sum, count) => sum + count.counted, 0),
        offenders: await sql.query<Offender>(offenders),
      }
    },
  }
}
