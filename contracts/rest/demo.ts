import { z } from 'zod'
import { CustomerId } from './fields.ts'

/** Where the demonstration is on, anybody may look around as one of these, without a password. */
export const DemoView = z
  .object({
    on: z.boolean(),
    customers: z.array(
      z.object({ customerId: z.string(), name: z.string(), city: z.string(), country: z.string() }),
    ),
    staff: z.boolean().meta({ description: 'true: one may sign in as staff, too' }),
  })
  .meta({ id: 'Demo' })
export type Demo = z.output<typeof DemoView>

export const DemoSignIn = z
  .discriminatedUnion('as', [
    z.strictObject({ as: z.literal('customer'), customerId: CustomerId }),
    z.strictObject({ as: z.literal('staff') }),
  ])
  .meta({ id: 'DemoSignIn' })
export type DemoSignIn = z.output<typeof DemoSignIn>
