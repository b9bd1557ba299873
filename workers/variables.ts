import { z } from 'zod'
import { kafkaVariables } from '#platform/kafka/kafka.ts'
import { poolVariables } from '#platform/postgres/pool.ts'

export const rpcVariables = {
  /** Where gRPC listens; a container listens to all of its network. */
  RPC_HOST: z.string().default('127.0.0.1'),
}

export const temporalVariables = {
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
}

/** What every service with a database and a task queue reads. */
export const serviceVariables = {
  ...rpcVariables,
  ...poolVariables,
  ...kafkaVariables,
  ...temporalVariables,
}
