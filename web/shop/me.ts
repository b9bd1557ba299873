import { useSession } from '../api/session.ts'

/** The customer who is signed in; pages of the shop are shown to nobody else. */
export function useCustomerId(): string {
  return useSession()?.id ?? ''
}
