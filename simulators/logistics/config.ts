import { z } from 'zod'
import { services } from '#contracts/services.ts'
import { kafkaVariables } from '#platform/kafka/kafka.ts'
import { zDuration, zPort } from '#platform/process/config.ts'

const A_SHARE = 'a share from 0 to 1'
const zShare = z
  .string({ error: A_SHARE })
  .refine((text) => /^(0|1|[01]?\.\d+)$/.test(text) && Number(text) <= 1, A_SHARE)
  .transform(Number)

/** The courier's environment. An honest courier by default: nothing lost, late, twice or out of turn. */
export const LogisticsConfig = z.object({
  ...kafkaVariables,
  /** Where gRPC listens; a container listens to all of its network. */
  RPC_HOST: z.string().default('127.0.0.1'),
  LOGISTICS_RPC_PORT: zPort.default(services.logistics.rpcPort),
  /** What a step takes; the way to the customer takes longer with the distance. */
  COURIER_STEP: zDuration.default(1_000),
  COURIER_JITTER: zShare.default(0.3),
  COURIER_PER_1000_KM: zDuration.default(250),
  COURIER_LOSE: zShare.default(0),
  COURIER_DUPLICATE: zShare.default(0),
  COURIER_DELAY: zShare.default(0),
  COURIER_LATE_BY: zDuration.default(10_000),
  COURIER_SHUFFLE: zShare.default(0),
  COURIER_SEED: z.string().default('courier'),
  /** How long a final parcel is kept, so that recalls and repeats get the right answer. */
  COURIER_KEEP: zDuration.default(90_000),
  /** How far back a restart looks for parcels that are not final: what Kafka keeps by default. */
  COURIER_HISTORY: zDuration.default(7 * 24 * 3_600_000),
})
export type LogisticsConfig = z.infer<typeof LogisticsConfig>
