import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { WorkflowFailedError } from '@temporalio/client'
import { CancelledFailure } from '@temporalio/common'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { createRedriveWorkflows } from '#clients/temporal/redrives.ts'
import type { RedriveWorkflows } from '#contracts/clients.ts'
import { maxLettersPerRedrive, type RedriveLetter, type RedrivenLetter } from '#contracts/dead-letter.ts'
import { redriveWorkflowId } from '#contracts/temporal.ts'
import { ensure, satisfying } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import { failing, gate } from '#tests/support/services.ts'
import { beQuiet } from '../testing/quiet.ts'
import { letterIds, newRedrive, outcomeOf, redriven, startRedriveWorker } from '../testing/redrive.ts'

type Answer = (request: RedriveLetter) => Promise<RedrivenLetter>

describe('the redrive workflow', () => {
  let env: TestWorkflowEnvironment
  let redrives: RedriveWorkflows
  let worker: { stop(): Promise<void> }
  const redriveAll: Answer = async ({ letterId }) => redriven(letterId)
  let answer = redriveAll
  const asked: RedriveLetter[] = []

  beforeAll(async () => {
    beQuiet()
    const path = process.env.TEST_TIME_SKIPPING_SERVER
    ensure(path, 'TEST_TIME_SKIPPING_SERVER names the time-skipping server: run the tests with npm test')
    env = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path } },
    })
    redrives = createRedriveWorkflows(env.client)
    worker = await startRedriveWorker(
      { connection: env.nativeConnection, namespace: env.namespace ?? 'default' },
      {
        redriveLetter: async (request) => {
          asked.push(request)
          return answer(request)
        },
      },
    )
  })
  afterEach(() => {
    answer = redriveAll
    asked.length = 0
  })
  afterAll(async () => {
    await worker.stop()
    await env.teardown()
  })

  it('redrives each letter once and tells what became of it, in the order of the letters', async () => {
    const kinds = ['redriven', 'gone', 'already_redriven'] as const
    const outcomes = letterIds(30).map((letterId, i) => ({ letterId, kind: kinds[i % 3] ?? 'gone' }))
    answer = async ({ letterId }) =>
      outcomes.find((outcome) => outcome.letterId === letterId) as RedrivenLetter
    const redrive = newRedrive({ letterIds: letterIds(30) })
    await redrives.start(redrive)
    expect(await outcomeOf(env.client, redrive)).toStrictEqual({ total: 30, done: outcomes })
    expect(asked.map(({ letterId }) => letterId).sort()).toStrictEqual(letterIds(30).sort())
    expect(
      asked.every(({ by, redriveId }) => by === 'staff:anna' && redriveId === redrive.redriveId),
    ).toBeTruthy()
  })

  it('publishes those of a partition as they came, though one of them fails at first', async () => {
    const published: number[] = []
    const failed = new Set<string>()
    answer = async ({ letterId }) => {
      const isFirstTry = letterId.endsWith('/4') && !failed.has(letterId)
      failed.add(letterId)
      if (isFirstTry) throw new Error('Kafka is away')
      published.push(Number(letterId.split('/')[2]))
      return redriven(letterId)
    }
    const redrive = newRedrive({ letterIds: letterIds(12) })
    await redrives.start(redrive)
    await outcomeOf(env.client, redrive)
    expect(published.filter((offset) => offset % 4 === 0)).toStrictEqual([0, 4, 8])
  })

  it('passes another content on, and tells what is wrong with it', async () => {
    const replacement = { type: 'PreOrder', json: '{}' }
    const refused = {
      letterId: 'pre_orders/0/7',
      kind: 'invalid_replacement',
      problem: 'json: reference',
    } as const
    answer = async () => refused
    const redrive = newRedrive({ letterIds: ['pre_orders/0/7'], replacement })
    await redrives.start(redrive)
    expect((await outcomeOf(env.client, redrive)).done).toStrictEqual([refused])
    expect(asked[0]?.replacement).toStrictEqual(replacement)
  })

  it('tells how far it is while it runs, and when it is over', async () => {
    const kafka = gate()
    answer = async ({ letterId }) => {
      if (letterId !== 'pre_orders/0/0') await kafka.opened
      return redriven(letterId)
    }
    const redrive = newRedrive()
    await redrives.start(redrive)
    const { total, done, running } = await until('one is done', async () => {
      const progress = await redrives.progress(redrive.redriveId)
      return progress?.done.length === 1 ? progress : undefined
    })
    expect([total, done, running]).toStrictEqual([3, [redriven('pre_orders/0/0')], true])
    kafka.open()
    const over = { total: 3, done: letterIds(3).map(redriven) }
    expect(await outcomeOf(env.client, redrive)).toStrictEqual(over)
    expect(await redrives.progress(redrive.redriveId)).toStrictEqual({ ...over, running: false })
  })

  it('begins a redrive once, and knows none that never was', async () => {
    const redrive = newRedrive()
    await redrives.start(redrive)
    await outcomeOf(env.client, redrive)
    await redrives.start(redrive)
    expect(asked.length).toBe(3)
    expect(await redrives.progress('nobody')).toBeUndefined()
  })

  it('goes on in a new run after some hundred letters', async () => {
    const redrive = newRedrive({ letterIds: letterIds(305) })
    await redrives.start(redrive)
    const outcome = await outcomeOf(env.client, redrive)
    expect(outcome).toStrictEqual({ total: 305, done: letterIds(305).map(redriven) })
    expect(asked.length).toBe(305)
    const { events } = await env.client.workflow
      .getHandle(redriveWorkflowId(redrive.redriveId))
      .fetchHistory()
    ensure(events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId)
  })

  it('takes no more letters than a workflow can carry', async () => {
    const redrive = newRedrive({ letterIds: letterIds(maxLettersPerRedrive + 1) })
    await expect(redrives.start(redrive)).rejects.toThrow(RangeError)
  })

  it('gives no letter up while Kafka is away', async () => {
    answer = failing(20, redriveAll)
    const redrive = newRedrive()
    await redrives.start(redrive)
    expect((await outcomeOf(env.client, redrive)).done).toStrictEqual(letterIds(3).map(redriven))
  })

  it('cancelled, goes on with no other letter', async () => {
    const kafka = gate()
    answer = async ({ letterId }) => {
      await kafka.opened
      return redriven(letterId)
    }
    const redrive = newRedrive({ letterIds: letterIds(30) })
    await redrives.start(redrive)
    await until('some are in hand', () => asked.length === 4)
    await env.client.workflow.getHandle(redriveWorkflowId(redrive.redriveId)).cancel()
    await expect(outcomeOf(env.client, redrive)).rejects.toThrow(
      satisfying((error) => {
        return error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure
      }),
    )
    kafka.open()
    expect(asked.length).toBe(4)
    expect((await redrives.progress(redrive.redriveId))?.running).toBe(false)
  })
})
