import { Socket } from 'node:net'
import { Client, type ClientConfig } from 'pg'
import { within } from '../process/within.ts'

const GOODBYE_MAY_TAKE = 1_000

/** A connection outside the pool, until `work` ends. `lost` aborts when the server ends it, or cannot be reached. */
export async function onOwnConnection<T>(
  config: ClientConfig,
  work: (client: Client, lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const socket = new Socket()
  const client = new Client({ ...config, stream: () => socket })
  const lost = new AbortController()
  const lose = () => lost.abort(new Error('the connection was lost'))
  client.on('error', lose).on('end', lose)
  try {
    await client.connect()
    return await work(client, lost.signal)
  } finally {
    // A server that is out of reach never says goodbye.
    await within(GOODBYE_MAY_TAKE, client.end()).catch(() => {})
    socket.destroy()
  }
}
