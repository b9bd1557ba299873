import { expect, test } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import { isTimely } from './times.ts'

test('a time is from the year 2000 to a day from now', () => {
  const now = new Date('2026-11-26T12:00:00Z')
  const timely = (time: string) => isTimely(new Date(time), now)
  expect(['2000-01-01T00:00:00Z', '2010-12-01T08:26:00Z', '2026-11-27T12:00:00Z'].every(timely)).toBeTruthy()
  const never = ['0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '2026-11-27T12:00:01Z', '9999-12-31', 'x']
  for (const time of never) ensure(!timely(time), time)
})
