import { describe, expect, it } from '@jest/globals'
import { limits } from './redis-keys.ts'
import { placeIn, type StreamFacts } from './stream-positions.ts'

const day = 86_400_000
const now = 100 * day
const facts: StreamFacts = { now, since: day, first: `${now - 500}-0`, last: `${now - 10}-1`, dropped: 0 }

describe('a reader of updates', () => {
  it('without a cursor starts at the end', () => {
    expect(placeIn(facts, undefined)).toStrictEqual({ cursor: facts.last, gap: false })
  })

  it('goes on where it was', () => {
    for (const since of [facts.first, facts.last, `${now - 600}-0`])
      expect(placeIn(facts, since)).toStrictEqual({ cursor: since, gap: false })
  })

  it('of an empty stream gets a cursor with which it misses nothing', () => {
    const empty = { ...facts, first: '', last: '' }
    const { cursor } = placeIn(empty, undefined)
    expect(placeIn(empty, cursor)).toStrictEqual({ cursor, gap: false })
    expect(placeIn({ ...facts, now: now + 1_000 }, cursor)).toStrictEqual({ cursor, gap: false })
    expect(placeIn({ ...empty, since: now - 1 }, undefined)).toStrictEqual({
      cursor: `${now - 1}-0`,
      gap: false,
    })
  })

  const gaps: [string, StreamFacts, string][] = [
    ['the stream dropped some that it had not seen', { ...facts, dropped: 3 }, `${now - 501}-9`],
    ['its cursor is older than anything is kept', facts, `${now - limits.updatesFor * 1_000 - 1}-0`],
    ['Redis forgot everything since', { ...facts, since: now - 20 }, `${now - 30}-0`],
    ['Redis came back with less than it had', facts, `${now - 10}-2`],
  ]
  for (const [why, state, since] of gaps) {
    it(`is told of a gap, and starts at the end, when ${why}`, () => {
      expect(placeIn(state, since)).toStrictEqual({ cursor: facts.last, gap: true })
    })
  }

  it('misses nothing by what was dropped before its cursor', () => {
    expect(placeIn({ ...facts, dropped: 3 }, facts.first).gap).toBe(false)
  })
})
