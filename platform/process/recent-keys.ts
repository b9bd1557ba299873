/** Remembers keys for `lasts` ms; of more than `max` the oldest are forgotten. */
export function createRecentKeys({ max, lasts }: { max: number; lasts: number }) {
  const until = new Map<string, number>()
  return {
    has: (key: string): boolean => (until.get(key) ?? 0) > Date.now(),
    add: (key: string): void => {
      until.delete(key)
      until.set(key, Date.now() + lasts)
      const [oldest] = until.keys()
      if (until.size > max && oldest !== undefined) until.delete(oldest)
    },
  }
}
