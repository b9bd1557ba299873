import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowUpdateFailedError,
} from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import type { UpdateRefusal } from '#contracts/clients.ts'
import { failureTypes } from '#contracts/failures.ts'
import { createTurns } from '#platform/process/turns.ts'
import { ask, serverMayTake, updatesMayTake } from './ask.ts'
import { BetweenRuns, faultOf } from './errors.ts'

/** After a start under REJECT_DUPLICATE: that it has been started before is what was wanted. */
export function unlessStarted(error: unknown): void {
  if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
}

/** `id` names the request: under the same one the same workflow answers as the first time, also when it has ended. */
export type Update = { workflowId: string; name: string; args: [unknown]; id?: string | undefined }

/** What a workflow answers; it may be a fault. */
export async function update<T>(client: Client, { workflowId, name, args, id }: Update): Promise<T> {
  const handle = client.workflow.getHandle(workflowId)
  try {
    return await handle.executeUpdate<T, [unknown]>(name, { args, ...(id !== undefined && { updateId: id }) })
  } catch (error) {
    if (faultOf(error) === 'gone' && (await runs(client, workflowId)))
      throw new BetweenRuns(`${workflowId} goes on as a new run`, { cause: error })
    throw error
  }
}

/** Whether it runs now. */
async function runs(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe()
    return status.name === 'RUNNING'
  } catch (error) {
    if (faultOf(error) === 'gone') return false
    throw error
  }
}

// Temporal takes ten in flight of one workflow; past that it may throw the task away that all of them are in.
const atOnce = 5

/** Asks for updates of workflows: the turn included, an answer or the last fault comes within the time that a caller waits. */
export function createUpdates(client: Client) {
  const inTurn = createTurns(atOnce)
  /** A validator's refusal is an answer; `what` is missing when no such workflow runs. */
  return async <T>(what: string, asked: Update): Promise<T | UpdateRefusal> => {
    const deadline = Date.now() + updatesMayTake
    // Asked again it is the same request: what was refused for load may have been taken all the same.
    const named = { ...asked, id: asked.id ?? crypto.randomUUID() }
    try {
      return await inTurn(asked.workflowId, () =>
        ask(client, deadline - Date.now(), () => update<T>(client, named)),
      )
    } catch (error) {
      if (faultOf(error) === 'gone') return notFound(what)
      const refusal = refusalIn(error)
      if (refusal) return refusal
      throw error
    }
  }
}

const notFound = (what: string): UpdateRefusal => ({
  refused: 'NotFound',
  message: `no such ${what} is running: it has ended, or there never was one`,
})

/** Undefined when there is none, or Temporal has forgotten it. */
export async function describe(client: Client, workflowId: string) {
  try {
    return await ask(client, serverMayTake, () => client.workflow.getHandle(workflowId).describe())
  } catch (error) {
    if (faultOf(error) === 'gone') return undefined
    throw error
  }
}

/** What a validator said, or a handler that found the record further than the workflow. */
export function refusalIn(error: unknown): UpdateRefusal | undefined {
  if (!(error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure))
    return undefined
  const { type, message } = error.cause
  const refused = Object.values(failureTypes).find((known) => known === type)
  return refused && { refused, message }
}
