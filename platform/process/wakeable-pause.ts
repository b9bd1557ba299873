/** A pause that `ring` cuts short; a ring while nobody waits cuts the next pause. */
export function createWakeablePause(signal: AbortSignal) {
  let rung = false
  let wakeUp = () => {}
  const ring = () => {
    rung = true
    wakeUp()
  }
  signal.addEventListener('abort', ring)
  return {
    ring,
    wait: async (ms: number) => {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wakeUp = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      rung = false
    },
  }
}
