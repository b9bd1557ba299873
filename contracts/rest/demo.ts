import { z } from 'zod'
import { courierStepLongest, generatorRateMost } from '../limits.ts'
import { orderSources } from '../order.ts'
import { CustomerId, whole } from './fields.ts'

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

const share = (description: string) => {
  const error = { error: 'must be a share from 0 to 1' }
  return z.number(error).min(0, error).max(1, error).meta({ description, example: 0.05 })
}

/** How the simulated courier works. */
export const CourierHabits = z
  .strictObject({
    lose: share('Of parcels: they get lost'),
    duplicate: share('Of news: it is told twice'),
    shuffle: share('Of news: it is told after the news that follows it'),
    delay: share('Of news: it is told late'),
    step: whole(1, courierStepLongest).meta({
      description: 'What a step of a parcel takes, in ms',
      example: 1_000,
    }),
  })
  .meta({ id: 'CourierHabits' })
export type CourierHabits = z.output<typeof CourierHabits>

const rate = z
  .number()
  .min(0)
  .meta({ description: 'Orders a second, on average, of all sources together', example: 1 })
const rateError = { error: `must be a number from 0 to ${generatorRateMost}` }
const settings = {
  rate,
  invalid: share('Of orders: they break a rule'),
  duplicate: share('Of orders: they are placed twice'),
  unaffordable: share('Of orders: their customer has no money'),
  outOfStock: share('Of orders: they want far more than there is'),
  far: share('Of orders: they come from out of range'),
  running: z.boolean().meta({ description: 'false: none is placed' }),
}

/** What the generators place. */
export const GeneratorSettings = z
  .strictObject({
    ...settings,
    rate: z.number(rateError).min(0, rateError).max(generatorRateMost, rateError),
  })
  .refine(({ invalid, unaffordable, outOfStock, far }) => invalid + unaffordable + outOfStock + far <= 1, {
    error: 'the shares of invalid, unaffordable, outOfStock and far must be at most 1 together',
  })
  .meta({ id: 'GeneratorSettings' })
export type GeneratorSettings = z.output<typeof GeneratorSettings>

/** One source's part; what it was started for may be more than anybody may ask for. */
export const GeneratorPart = z
  .strictObject({ ...settings, rate: rate.meta({ description: 'Orders a second of this source' }) })
  .meta({ id: 'GeneratorPart' })

export const GeneratorsView = z
  .object({
    ...settings,
    sources: z.array(z.enum(orderSources)).meta({ description: 'Those that have just been heard of' }),
  })
  .meta({ id: 'Generators' })
export type Generators = z.output<typeof GeneratorsView>
