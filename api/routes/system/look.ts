import { type Client, Code, ConnectError } from '@connectrpc/connect'
import type { Call } from '#api/clients.ts'
import { isoAt, isoOf } from '#api/http/from-protobuf.ts'
import type { System } from '#contracts/rest/system.ts'
import type { RpcService } from '#contracts/services.ts'
import type { Database, GetProcessResponse, ProcessService } from '#generated/proto/process/v1/process_pb.ts'
import { startedAt, version } from '#platform/grpc/process.ts'
import type { GroupLag } from '#platform/kafka/kafka.ts'
import { createStates, type Readiness } from '#platform/process/readiness.ts'
import { TooSlow, within } from '#platform/process/within.ts'

export type Processes = Record<RpcService, Client<typeof ProcessService>>

/** Throws when it does not answer. `version` is null where it does not tell. */
export type AskServer = () => Promise<{ version: string | null }>

export type Looking = {
  processes: Processes
  /** All but Postgres, which the services tell of, and Kafka. */
  servers: Record<string, AskServer>
  groups: () => Promise<GroupLag[]>
}

/** In ms. Each is asked at the same time; what is later counts as down. */
const ANSWER_MAY_TAKE = 2_000

type Heard<T> = { answer: T; why: null } | { answer: undefined; why: string }

const late = `no answer within ${ANSWER_MAY_TAKE / 1_000} s`
const isLate = (fault: unknown) =>
  fault instanceof TooSlow || (fault instanceof ConnectError && fault.code === Code.DeadlineExceeded)

/** Why is told without what an error says: it may hold addresses. */
const hear = <T>(question: Promise<T>): Promise<Heard<T>> =>
  within(ANSWER_MAY_TAKE, question).then(
    (answer) => ({ answer, why: null }),
    (fault: unknown) => ({ answer: undefined, why: isLate(fault) ? late : 'it cannot be reached' }),
  )

/** How everything is. Whoever asks hears of all that answers, whatever does not. */
export function createLook(
  { processes, servers, groups }: Looking,
  readiness: () => Promise<Readiness>,
  clock: () => Date,
): (call: Call) => Promise<System> {
  const sinceWhen = createStates(clock)
  const askGroups = shared(groups)
  return async (call) => {
    const timed = { ...call, timeoutMs: ANSWER_MAY_TAKE }
    const [own, heard, asked, lags] = await Promise.all([
      readiness(),
      all(processes, (process) => process.getProcess({}, timed)),
      all(servers, (ask) => ask()),
      hear(askGroups()),
    ])
    const kafka = { answer: lags.answer && { version: null }, why: lags.why } as Heard<{ version: null }>
    return {
      at: clock().toISOString(),
      services: [gatewayOf(own), ...heard.map(([name, found]) => serviceOf(name, found))],
      servers: [...asked, ['kafka', kafka] as const].map(([name, { answer, why }]) => {
        const state = answer ? 'up' : 'down'
        return {
          name,
          state,
          since: sinceWhen(`server ${name}`, state),
          version: answer?.version ?? null,
          why,
        }
      }),
      databases: heard.flatMap(([name, { answer }]) =>
        (answer?.databases ?? []).map((database) => databaseOf(name, database)),
      ),
      consumerGroups: lags.answer?.map(groupOf) ?? null,
    }
  }

  function serviceOf(name: string, { answer, why }: Heard<GetProcessResponse>): System['services'][number] {
    const state = answer ? 'up' : 'down'
    const since = sinceWhen(`service ${name}`, state)
    if (!answer) return { name, state, since, version: null, why, needs: [] }
    const needs = answer.dependencies.map((one) => ({
      name: one.name,
      state: one.state === 'up' ? ('up' as const) : ('down' as const),
      since: isoAt(one.since),
    }))
    return { name, state, since: isoOf(answer.startedAt), version: answer.version, why, needs }
  }
}

const all = <T, Answer>(asked: Record<string, T>, ask: (one: T) => Promise<Answer>) =>
  Promise.all(Object.entries(asked).map(async ([name, one]) => [name, await hear(ask(one))] as const))

const gatewayOf = ({ dependencies }: Readiness): System['services'][number] => ({
  name: 'gateway',
  state: 'up',
  since: startedAt.toISOString(),
  version,
  why: null,
  needs: dependencies.map(({ name, state, since }) => ({ name, state, since })),
})

function databaseOf(service: string, { name, state }: Database): System['databases'][number] {
  if (!state) {
    const why = 'it does not answer its service'
    return { service, name, state: 'down', version: null, bytes: null, outbox: null, why }
  }
  const { version, bytes, waiting, oldestAt } = state
  const outbox = { waiting: Number(waiting), oldestAt: isoOf(oldestAt) }
  return { service, name, state: 'up', version, bytes: Number(bytes), outbox, why: null }
}

const groupOf = ({ groupId, members, topics }: GroupLag) => ({
  groupId,
  members,
  lag: Object.values(topics).reduce((sum, lag) => sum + lag, 0),
  topics,
})

/** Whoever asks before it has answered hears the same answer: a question that hangs does so once. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let asking: Promise<T> | undefined
  return () => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }
}
