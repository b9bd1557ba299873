import { createConnection, createServer, type Socket } from 'node:net'

export type Proxy = Awaited<ReturnType<typeof startProxy>>

/** Another address of a server, which can be taken away without the server noticing. */
export async function startProxy(target: { host: string; port: number }) {
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = createConnection(target)
    open.add(near)
    near.on('error', () => far.destroy()).on('close', () => (open.delete(near), far.destroy()))
    far.on('error', () => near.destroy()).on('close', () => near.destroy())
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address ? address.port : 0,
    connections: () => open.size,
    /** Refuses everybody from now on, and cuts whoever is connected. */
    async cut(): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of open) socket.resetAndDestroy()
      await closed
    },
  }
}
