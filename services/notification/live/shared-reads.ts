import type { NotificationStore } from '../store.ts'

/**
 * One read for all who ask for the same in the same turn of the event loop: those who are up to date are woken together.
 * Not for longer: an answer that is on its way may be older than what the next one was woken for.
 */
export function sharingReads(store: NotificationStore): Pick<NotificationStore, 'startAt' | 'after'> {
  const asked = new Map<string, ReturnType<NotificationStore['after']>>()
  return {
    startAt: store.startAt,
    after(list, cursor, count) {
      const name = `${count} ${cursor} ${list}`
      const known = asked.get(name)
      if (known) return known
      const reading = store.after(list, cursor, count)
      asked.set(name, reading)
      process.nextTick(() => asked.delete(name))
      return reading
    },
  }
}
