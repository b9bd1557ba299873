import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** What the gateway answered; `failed` are those with a fault of ours, status 500 and above. */
export type Requests = { answered: number; failed: number }

/** Counts the requests in the gateway's log. Health probes are not logged at `info`, so they do not count. */
export async function countRequests(logFile: string): Promise<Requests> {
  const count = { answered: 0, failed: 0 }
  for await (const line of createInterface({ input: createReadStream(logFile) })) {
    const status = /"status":(\d{3})\b/.exec(line)?.[1]
    if (status === undefined || !line.includes('"method":')) continue
    count.answered++
    if (status >= '500') count.failed++
  }
  return count
}
