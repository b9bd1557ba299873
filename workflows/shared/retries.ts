import { isCancellation } from '@temporalio/workflow'
import { messageOf } from '#contracts/failures.ts'

/**
 * The one way in which a step is tried: fast retries; when they are over `onStuck` hears why, and the step goes on slowly.
 * `onUnstuck` follows when that has worked. A cancellation ends either.
 */
export async function fastThenSlow<T>(
  fast: () => Promise<T>,
  slow: () => Promise<T>,
  onStuck: (error: string) => Promise<void> | void,
  onUnstuck?: () => void,
): Promise<T> {
  try {
    return await fast()
  } catch (error) {
    if (isCancellation(error)) throw error
    // No turn is given away where there is nothing to wait for: other code of the workflow would come first in a replay.
    const told = onStuck(messageOf(error))
    if (told) await told
  }
  if (!onUnstuck) return slow()
  const result = await slow()
  onUnstuck()
  return result
}
