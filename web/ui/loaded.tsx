import type { ReactNode } from 'react'
import { Problem } from '../api/http.ts'
import { Failure, Loading } from './states.tsx'

type Query<T> = { data: T | undefined; error: unknown; isError: boolean; refetch: () => unknown }
type LoadedProps<T> = { query: Query<T>; lines?: number; children: (data: T) => ReactNode }

/** A refusal is an answer; whoever could not be asked leaves what was known before. */
const isAnswer = (error: unknown): boolean => error instanceof Problem && error.status < 500

/** What was asked for, once it is there; until then that it is loading, or why it is not. */
export function Loaded<T>({ query: { data, error, isError, refetch }, lines, children }: LoadedProps<T>) {
  if (isError && (data === undefined || isAnswer(error)))
    return <Failure error={error} retry={() => void refetch()} />
  return data === undefined ? <Loading {...(lines && { lines })} /> : children(data)
}
