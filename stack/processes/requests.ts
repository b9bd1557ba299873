import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** What the gateway answered; `failed` are those with a fault of ours, status 500 and above. */
export type Requests = { answered: number; failed: number }

/** Counts the requests since then in the gateway's logs. Health probes are not logged at `info`, so they do not count. */
export async function countRequests(logFiles: readonly string[], since: Date): Promise<Requests> {
  const count = { answered: 0, failed: 0 }
  for (const file of logFiles) await countIn(file, since.toISOString(), count)
  return count
}

async function countIn(file: string, since: string, count: Requests): Promise<void> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const status = /"status":(\d{3})\b/.exec(line)?.[1]
    if (status === undefined || !line.includes('"method":')) continue
    const time = /"time":"([^"]+)"/.exec(line)?.[1] ?? ''
    if (time < since) continue
    count.answered++
    if (status >= '500') count.failed++
  }
}
