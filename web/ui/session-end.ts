import { useNavigate, useRouterState } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { Role } from '#contracts/actor.ts'
import { useSession } from '../api/session.ts'

/** When the session is over on a page, whoever signs in again comes back to it. */
export function useSessionEnd(role: Role): void {
  const session = useSession()
  const navigate = useNavigate()
  const back = useRouterState({ select: ({ location }) => location.href })
  const isOver = session?.role !== role
  useEffect(() => {
    if (isOver && !back.startsWith('/?')) void navigate({ to: '/', search: { back } })
  }, [isOver, navigate, back])
}
