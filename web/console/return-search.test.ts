import { expect, test } from '@jest/globals'
import { returnSearchOf } from './return-search.ts'

test('reads from the address which returns are shown, and leaves out what it does not understand', () => {
  expect(returnSearchOf({})).toStrictEqual({})
  expect(returnSearchOf({ status: 'requested' })).toStrictEqual({ status: ['requested'] })
  expect(returnSearchOf({ status: ['received', 'lost', 'accepted'], sort: '-requestedAt' })).toStrictEqual({
    status: ['accepted', 'received'],
    sort: '-requestedAt',
  })
  expect(returnSearchOf({ status: 7, sort: 'amount' })).toStrictEqual({})
})
