import { InvalidArgumentError } from 'commander'
import { parseDuration } from '#platform/process/config.ts'

/** For commander: what the option's text means, in ms. */
export function duration(text: string): number {
  try {
    return parseDuration(text)
  } catch {
    throw new InvalidArgumentError('Wanted: a duration such as 250ms, 30s, 10m or 2h.')
  }
}
