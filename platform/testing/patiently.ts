import { isOutOfReach } from '../postgres/database.ts'

/** As a workflow does it: whoever waited too long for a connection asks again. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isOutOfReach(error)) throw error
    }
  }
}
