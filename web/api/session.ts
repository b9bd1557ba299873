import { useSyncExternalStore } from 'react'
import type { Role } from '#contracts/actor.ts'

/** Who is signed in. The token goes with each request in a header, never in a cookie. */
export type Session = { token: string; role: Role; id: string; expiresAt: number }

const key = 'order-saga.session'
const listeners = new Set<() => void>()
let current = read()

function read(): Session | null {
  try {
    const session = JSON.parse(localStorage.getItem(key) ?? 'null') as Session | null
    return session && session.expiresAt > Date.now() ? session : null
  } catch {
    return null
  }
}

const publish = () => listeners.forEach((listener) => listener())

/** Calls back when somebody else is signed in than before, or nobody. */
export function onPersonChange(listener: () => void): void {
  const nameOf = (session: Session | null) => session && `${session.role}:${session.id}`
  let last = nameOf(current)
  listeners.add(() => {
    const now = nameOf(current)
    if (now !== last) listener()
    last = now
  })
}

/** Of all tabs: whoever signs out in one is signed out in the others. */
window.addEventListener('storage', (event) => {
  if (event.key !== key) return
  current = read()
  publish()
})

export function startSession(session: Session): void {
  current = session
  localStorage.setItem(key, JSON.stringify(session))
  publish()
}

export function endSession(): void {
  current = null
  localStorage.removeItem(key)
  publish()
}

export const currentSession = (): Session | null => current

export const useSession = (): Session | null =>
  useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, currentSession)
