import type { DeadLetterActivities } from '#contracts/dead-letter.ts'
import type { Logger } from '#platform/process/logger.ts'
import type { RedriveLetter } from '#services/dead-letter/redrive.ts'

type Dependencies = { redriveLetter: RedriveLetter; logger: Logger }

/** The dead letters as workflows reach them. */
export function createDeadLetterActivities({ redriveLetter, logger }: Dependencies): DeadLetterActivities {
  return {
    redriveLetter: async (request) => {
      const redriven = await redriveLetter(request)
      const { redriveId, by } = request
      logger.info({ redriveId, by, ...redriven }, `dead letter ${redriven.kind}`)
      return redriven
    },
  }
}
