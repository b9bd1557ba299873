type OutageOptions = { onBegin: (error: unknown) => void; onEnd?: () => void }

/** Tells once that something fails, however often it then does, and once that it works again. */
export function createOutage({ onBegin, onEnd }: OutageOptions) {
  let lasts = false
  return {
    failed: (error: unknown) => {
      if (!lasts) onBegin(error)
      lasts = true
    },
    works: () => {
      if (lasts) onEnd?.()
      lasts = false
    },
  }
}
