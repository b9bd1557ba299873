import type { Database, Sql } from '#platform/postgres/database.ts'

/** Without the checks of rows against each other, which are right as they are made. */
export async function fillWith(database: Database, statement: string, given: unknown[] = []): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query('set local session_replication_role = replica')
    await tx.query(statement, given)
  })
}

type Node = {
  'Node Type': string
  'Index Name'?: string
  'Relation Name'?: string
  'Actual Rows': number
  Plans?: Node[]
  'Rows Removed by Filter'?: number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
}
export type Plan = { Plan: Node; 'Execution Time': number }

export type Statement = { text: string; given: readonly unknown[] }

export async function plansOf(sql: Sql, statements: readonly Statement[]): Promise<Plan[]> {
  const plans: Plan[] = []
  for (const { text, given } of statements) {
    const [explained] = await sql.query<{ 'QUERY PLAN': Plan[] }>(
      `explain (analyze, buffers, format json) ${text}`,
      given,
    )
    plans.push(...(explained?.['QUERY PLAN'] ?? []))
  }
  return plans
}

function touched(node: Node): number {
  return node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)
}

function flat(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(flat)]
}

export type Reading = { rows: number; ms: number; pages: number; scans: string[]; by: string }

/** What was read, and by which indexes; `scans` are of whole tables. */
export function readingOf({ Plan: plan, 'Execution Time': ms }: Plan): Reading {
  const nodes = flat(plan)
  const scans = nodes
    .filter((node) => node['Node Type'] === 'Seq Scan' && touched(node) > 1_000)
    .map((node) => `SCAN OF ${node['Relation Name']}`)
  const read = new Set(nodes.map((node) => node['Index Name']).filter(Boolean))
  return {
    rows: plan['Actual Rows'],
    ms,
    pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    scans,
    by: [...read, ...scans].join(', '),
  }
}
