import type { RetryPolicy } from '@temporalio/common'
import { continueAsNew, proxyActivities, setCurrentDetails, setHandler } from '@temporalio/workflow'
import type {
  DeadLetterActivities,
  Redrive,
  RedriveLetter,
  RedrivenLetter,
  RedriveProgress,
} from '#contracts/dead-letter.ts'
import { taskQueues } from '#contracts/temporal.ts'
import { count } from '#contracts/wording.ts'
import { getRedriveQuery } from '../shared/definitions.ts'
import { fastThenSlow } from '../shared/retries.ts'

const at = (retry: RetryPolicy) =>
  proxyActivities<DeadLetterActivities>({ taskQueue: taskQueues.order, startToCloseTimeout: '10s', retry })
const fastRetry = at({ initialInterval: '200ms', backoffCoefficient: 2, maximumAttempts: 5 })
const retryForever = at({ initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '5m' })

/** A letter costs some six events of history; a run should not have more than a few thousand. */
const perRun = 300

/**
 * Publishes dead letters to their topics again, each once. `before`: what earlier runs of this redrive have done.
 * Cancelled, it goes on with no other letter.
 */
export async function redriveWorkflow(
  redrive: Redrive,
  before: RedrivenLetter[] = [],
): Promise<RedriveProgress> {
  const { letterIds, ...common } = redrive
  const progress = createProgress(letterIds, before)
  setHandler(getRedriveQuery, progress.told)

  await inTurn(letterIds.slice(0, perRun), async (letterId) => {
    const request = { ...common, letterId }
    progress.done(await redriveOne(request, (trouble) => progress.stuck(letterId, trouble)))
  })

  const later = letterIds.slice(perRun)
  if (later.length > 0) {
    await continueAsNew<typeof redriveWorkflow>({ ...redrive, letterIds: later }, progress.told().done)
  }
  return progress.told()
}

/** What is done, in the order of the letters, whichever was done first; the current details say it in words. */
function createProgress(letterIds: readonly string[], before: readonly RedrivenLetter[]) {
  const outcomes = new Map<string, RedrivenLetter>()
  const troubles = new Map<string, string>()
  const total = before.length + letterIds.length
  const say = () => {
    const [stuck] = troubles
    const trouble = stuck ? ` Stuck at ${stuck[0]}: ${stuck[1]}.` : ''
    setCurrentDetails(`${before.length + outcomes.size} of ${count(total, 'letter')} done.${trouble}`)
  }
  say()
  return {
    told: (): RedriveProgress => ({
      total,
      done: [...before, ...letterIds.flatMap((letterId) => outcomes.get(letterId) ?? [])],
    }),
    done(outcome: RedrivenLetter) {
      outcomes.set(outcome.letterId, outcome)
      troubles.delete(outcome.letterId)
      say()
    },
    stuck(letterId: string, trouble: string) {
      troubles.set(letterId, trouble)
      say()
    },
  }
}

/** Never given up, unless the redrive is cancelled. */
function redriveOne(request: RedriveLetter, onStuck: (error: string) => void) {
  const options = { summary: request.letterId }
  return fastThenSlow(
    () => fastRetry.redriveLetter.executeWithOptions(options, [request]),
    () => retryForever.redriveLetter.executeWithOptions(options, [request]),
    onStuck,
  )
}

/** The letters of one partition one after the other, as they came: those of one key stay in order. Partitions side by side. */
async function inTurn(
  letterIds: readonly string[],
  work: (letterId: string) => Promise<void>,
): Promise<void> {
  const partitions = Map.groupBy(letterIds, partitionOf)
  await Promise.all(
    [...partitions.values()].map(async (ofPartition) => {
      for (const letterId of ofPartition) await work(letterId)
    }),
  )
}

/** An id is topic/partition/offset. */
const partitionOf = (letterId: string) => letterId.slice(0, letterId.lastIndexOf('/'))
