import { describe, expect, it } from '@jest/globals'
import { orderStatuses } from '#contracts/order.ts'
import { about } from '#platform/testing/expect.ts'
import type { Numbers } from './numbers.ts'
import { frame } from './table.ts'

const busy: Numbers = {
  placed: 1_234_567,
  byStatus: Object.fromEntries(orderStatuses.map((status, nth) => [status, 10 ** nth])),
  cancelledBy: {
    invalid: 1_111,
    out_of_range: 2_222,
    out_of_stock: 33_333,
    payment_declined: 4_444,
    customer: 555,
    staff: 66,
    lost: 777,
    timed_out: 8_888,
  },
  open: 99_999,
  stuck: 12_345,
  p50: 1234.5,
  p99: 98_765.4,
  lasted: 10_000,
}
const rates = '123.4 placed/s, 123.4 completed/s'

describe('the live table', () => {
  it('fits a terminal of 80 columns, and a wider one no wider', () => {
    for (const columns of [80, 100, 250, undefined]) {
      const lines = frame(busy, rates, columns)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(79)
      expect(lines.length).toBeLessThanOrEqual(8)
    }
  })

  it('never has a line that wraps, however narrow the terminal is', () => {
    for (let columns = 10; columns <= 100; columns++)
      for (const line of frame(busy, rates, columns)) expect(line.length).toBeLessThan(columns)
  })

  it('shows every status and every reason as long as one fits a line', () => {
    for (const columns of [30, 50, 80]) {
      const text = frame(busy, rates, columns).join('\n')
      for (const [status, count] of Object.entries(busy.byStatus))
        about(`${status} at ${columns}`, () => expect(text).toMatch(new RegExp(`\\b${status} +${count}\\b`)))
      for (const [reason, count] of Object.entries(busy.cancelledBy))
        about(`${reason} at ${columns}`, () =>
          expect(text).toMatch(new RegExp(`\\b${reason}\\s+${count}\\b`)),
        )
      expect(text).toMatch(/stuck +12345/)
    }
  })

  it('shows "?" for what nobody knows just now', () => {
    const text = frame(undefined, undefined, 80).join('\n')
    for (const what of ['placed', ...orderStatuses, 'stuck'])
      about(what, () => expect(text).toMatch(new RegExp(`\\b${what} +\\?`)))
    expect(text).not.toMatch(/\d/)
  })
})
