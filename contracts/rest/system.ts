import { z } from 'zod'
import { At } from './fields.ts'

const State = z.enum(['up', 'down'])

const since = At.nullable().meta({
  description:
    'Since when it is so: of a service that is up when it started, else when somebody first asked and found it so',
})
const version = z.string().nullable().meta({ description: 'null where it is not told', example: '1.31.0' })
const why = z
  .string()
  .nullable()
  .meta({ description: 'Why nothing is said of it; null where something is', example: null })

const Service = z
  .object({
    name: z.string().meta({ example: 'order' }),
    state: State,
    since,
    version,
    why,
    needs: z
      .array(z.object({ name: z.string(), state: State, since: At }))
      .meta({ description: 'What it needs, as its own GET /ready says' }),
  })
  .meta({ id: 'ServiceState' })

const Server = z
  .object({ name: z.string().meta({ example: 'temporal' }), state: State, since, version, why })
  .meta({ id: 'ServerState' })

const Database = z
  .object({
    service: z.string().meta({ example: 'order' }),
    name: z.string().meta({ example: 'order_1' }),
    state: State,
    version,
    bytes: z.int().nullable().meta({ example: 12_582_912 }),
    outbox: z
      .object({ waiting: z.int(), oldestAt: At.nullable() })
      .nullable()
      .meta({ description: 'Messages that are not with Kafka yet, and when the first of them came about' }),
    why,
  })
  .meta({ id: 'DatabaseState' })

const ConsumerGroup = z
  .object({
    groupId: z.string().meta({ example: 'notification' }),
    members: z.int().meta({ description: '0: nobody reads' }),
    lag: z.int().meta({ description: 'How many messages it has still to read' }),
    topics: z.record(z.string(), z.int()).meta({ example: { 'order.events': 0 } }),
  })
  .meta({ id: 'ConsumerGroup' })

export const SystemView = z
  .object({
    at: At,
    services: z.array(Service),
    servers: z.array(Server),
    databases: z.array(Database).meta({ description: 'Those of a service that is down are not known' }),
    consumerGroups: z
      .array(ConsumerGroup)
      .nullable()
      .meta({ description: 'null: Kafka did not answer, see servers' }),
  })
  .meta({ id: 'System' })
export type System = z.output<typeof SystemView>
