import type { Role } from '#contracts/actor.ts'

/** Something on record that no answer can say. */
export class Unreadable extends Error {
  readonly path: string

  constructor(path: string, why: string) {
    super(`${path}: ${why}`)
    this.path = path
  }
}

export const isAmount = (amount: bigint): boolean => Number.isSafeInteger(Number(amount))

/** An amount as JSON has it. Throws Unreadable where a number would round it; `path` is its name in the answer. */
export function amountOf(path: string, amount: bigint): number {
  if (isAmount(amount)) return Number(amount)
  throw new Unreadable(path, `${amount} on record is beyond any amount`)
}

type Listed<View> = {
  views: View[]
  /** The others, for `partialOf`. */
  unreadable: { id: string; why: string }[]
}

/** A page of which an unreadable row takes no other with it. */
export function readEach<Row, View>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  view: (row: Row) => View,
): Listed<View> {
  const listed: Listed<View> = { views: [], unreadable: [] }
  for (const row of rows) {
    try {
      listed.views.push(view(row))
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      listed.unreadable.push({ id: idOf(row), why: error.message })
    }
  }
  return listed
}

/** Says that a page is not whole, and why; customers are told only that it is not. */
export const partialOf = (
  {
    missing = [],
    unreadable = [],
  }: {
    missing?: readonly { shard: string; why: string }[]
    unreadable?: Listed<unknown>['unreadable']
  },
  viewer: Role = 'staff',
) => ({
  partial: missing.length > 0 || unreadable.length > 0,
  missing: viewer === 'staff' ? missing.map(({ shard, why }) => ({ shard, why })) : [],
  unreadable: viewer === 'staff' ? unreadable : [],
})
