import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Problem } from '../api/http.ts'
import { startLive, untilLive } from '../api/live.ts'
import { onPersonChange, useSession } from '../api/session.ts'
import { createAppRouter } from './router.tsx'
import { theme, variables } from './theme.ts'

/** A no stays a no; who does not answer is asked again, a gateway that restarts for half a minute. */
const again = (failures: number, error: unknown): boolean =>
  failures < (error instanceof Problem && error.status < 500 && error.status !== 429 ? 0 : 8)
const pause = (failures: number, error: unknown): number =>
  error instanceof Problem && error.retryAfter
    ? error.retryAfter * 1_000
    : Math.min(500 * 2 ** failures, 5_000)

const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: again, retryDelay: pause, staleTime: 10_000, refetchInterval: untilLive },
  },
})
const router = createAppRouter(queries)

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

// What one person has loaded is not another's to see.
onPersonChange(() => queries.clear())

export function App() {
  const session = useSession()
  const token = session?.token

  useEffect(() => {
    if (!token) return
    const starting = startLive(queries)
    return () => void starting.then((stop) => stop())
  }, [token])

  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <Notifications position="bottom-right" limit={4} />
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  )
}
