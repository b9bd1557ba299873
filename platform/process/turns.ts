/** Lets at most `most` of what is asked of one key run at a time; the others wait for their turn, in the order of asking. */
export function createTurns(most: number) {
  const busy = new Map<string, { running: number; waiting: (() => void)[] }>()
  return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const turns = busy.get(key) ?? { running: 0, waiting: [] }
    busy.set(key, turns)
    if (turns.running < most) turns.running++
    else await new Promise<void>((resolve) => turns.waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = turns.waiting.shift()
      if (next) next()
      else if (--turns.running === 0) busy.delete(key)
    }
  }
}
