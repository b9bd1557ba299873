import { createConnection, createServer, type Socket } from 'node:net'

export type Proxy = Awaited<ReturnType<typeof startProxy>>

/** Another address of a server, which can be taken away without the server noticing. */
export async function startProxy(target: { host: string; port: number }) {
  const open = new Map<Socket, Socket>()
  let frozen = false
  const server = createServer((near) => {
    const far = createConnection(target)
    open.set(near, far)
    near.on('error', () => far.destroy()).on('close', () => (open.delete(near), far.destroy()))
    far.on('error', () => near.destroy()).on('close', () => frozen || near.destroy())
    if (frozen) stop(near, far)
    else near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address ? address.port : 0,
    connections: () => open.size,
    /** From now on nothing passes, and nobody is told: as when the host is lost, or a packet filter drops everything. */
    freeze(): void {
      frozen = true
      for (const [near, far] of open) stop(near, far)
    },
    /** Serves whoever connects from now on; those of before have lost what was said meanwhile, and are cut. */
    thaw(): void {
      frozen = false
      for (const near of open.keys()) near.resetAndDestroy()
    },
    /** Refuses everybody from now on, and cuts whoever is connected. */
    async cut(): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of open.keys()) socket.resetAndDestroy()
      await closed
    },
  }
}

function stop(near: Socket, far: Socket): void {
  near.unpipe(far).pause()
  far.unpipe(near).pause()
}
