import type { Redis } from '#platform/redis/redis.ts'

type Listening = {
  redis: Pick<Redis, 'client'>
  channel: string
  onMessage: (message: string) => void
  onUp: () => void
}

/** Hears a channel on a connection of its own; `onUp` after each (re)connect, for what was said meanwhile is lost. */
export function listen({ redis, channel, onMessage, onUp }: Listening): { stop(): Promise<void> } {
  const subscriber = redis.client.duplicate()
  // The client that it is a copy of says that Redis is away.
  subscriber.on('error', () => {})
  subscriber.on('ready', () => {
    // After a reconnect the client has subscribed again by itself, and this adds nothing.
    subscriber.subscribe(channel, onMessage).then(onUp, () => {})
  })
  subscriber.connect().catch(() => {})
  return { stop: async () => subscriber.destroy() }
}
