import { useRef } from 'react'

/**
 * The key under which `content` is sent: the same for a second click or another try, another one once the content is
 * another, or has been carried out.
 */
export function useIdempotencyKey(content: unknown) {
  const text = JSON.stringify(content)
  const held = useRef({ text, key: crypto.randomUUID() })
  return {
    current(): string {
      if (held.current.text !== text) held.current = { text, key: crypto.randomUUID() }
      return held.current.key
    },
    renew(): void {
      held.current = { text, key: crypto.randomUUID() }
    },
  }
}
