import { connect } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import type { System } from '#tests/support/system.ts'
import { patiently } from './requests.ts'

/** Kills a process again and again, so many ms after it was ready. `readyAfter` is how long each start took, in ms. */
export function keepKilling(system: System, name: string, after: number) {
  const readyAfter: number[] = []
  const over = new AbortController()
  const url = system.environment[`${name.toUpperCase()}_RPC_URL`] ?? ''
  const killing = (async () => {
    while (!over.signal.aborted) {
      await sleep(after, undefined, { signal: over.signal }).catch(() => {})
      if (over.signal.aborted) return
      await system.kill(name)
      const killed = performance.now()
      await system.start(name)
      await patiently(`${name} is ready`, async () => ((await isReady(url)) ? true : undefined))
      readyAfter.push(performance.now() - killed)
    }
  })()
  return {
    readyAfter,
    stop: () => {
      over.abort()
      return killing
    },
  }
}

/** By its own word; gRPC's port speaks HTTP/2 alone. */
async function isReady(url: string): Promise<boolean> {
  const session = connect(url)
  try {
    return await new Promise<boolean>((answer) => {
      session.on('error', () => answer(false))
      session
        .request({ ':path': '/ready' })
        .on('error', () => answer(false))
        .on('response', (headers) => answer(headers[':status'] === 200))
        .end()
    })
  } finally {
    session.destroy()
  }
}
