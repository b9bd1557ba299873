import { z } from 'zod'
import { At, Money } from './fields.ts'

const Count = z.int().meta({ example: 12 })

const Step = z
  .object({ at: At, placed: Count, completed: Count, cancelled: Count, charged: Money, refunded: Money })
  .meta({ id: 'OverviewStep', description: 'What happened in the minute or the hour that begins at `at`' })

const milliseconds = z
  .int()
  .nullable()
  .meta({ description: 'In ms, at most a tenth off; null when the count is 0', example: 4_200 })

const Durations = z
  .object({ count: Count, p50: milliseconds, p99: milliseconds })
  .meta({ id: 'Durations', description: 'From an order’s record to its end, of those that ended meanwhile' })

const CountBy = z.record(z.string(), z.int())

/** Counted from the events of all orders as they come, by when they happened. */
export const OverviewView = z
  .object({
    from: At,
    to: At,
    perMinute: z.array(Step).meta({ description: 'Oldest first, none left out; the last is not over' }),
    perHour: z.array(Step).meta({ description: 'The same per hour, where that was asked for' }),
    placedBySource: CountBy.meta({ example: { web: 8, mobile: 4 } }),
    cancelledByReason: CountBy.meta({ example: { out_of_stock: 1 } }),
    completion: Durations,
    cancellation: Durations,
    money: z.object({
      charged: Money,
      refunded: Money,
      lost: Money.meta({ description: 'Given back for parcels that never came, of orders that have ended' }),
    }),
    parcelsLost: Count,
  })
  .meta({ id: 'Overview' })
export type Overview = z.output<typeof OverviewView>
