import { Code, ConnectError } from '@connectrpc/connect'
import { type FieldProblem, FieldProblemsSchema } from '#generated/proto/problem/v1/problem_pb.ts'

const problemsShown = 10

/**
 * The refusal of a call. Each problem names its field, as in `products[0].price: must be …`. They travel in a header: of 500
 * the first few will do.
 */
export function refusal(code: Code, ...problems: string[]): ConnectError {
  const rest = problems.length - problemsShown
  const shown = [...problems.slice(0, problemsShown), ...(rest > 0 ? [`and ${rest} more`] : [])]
  const value = { problems: shown.map(fieldProblem) }
  return new ConnectError(shown.join('; '), code, undefined, [{ desc: FieldProblemsSchema, value }])
}

/** In its two parts; `must be …` alone is about the request as a whole. */
export function fieldProblem(problem: string): { path: string; message: string } {
  const [, path = '', message = problem] = /^([\w.[\]]+): (.*)$/s.exec(problem) ?? []
  return { path, message }
}

/** Throws InvalidArgument when there is a problem. */
export function refuseIfAny(problems: readonly string[]): void {
  if (problems.length > 0) throw refusal(Code.InvalidArgument, ...problems)
}

/** What a service said field by field; undefined when it was not a refusal of this kind. */
export const fieldProblemsOf = (error: ConnectError): Pick<FieldProblem, 'path' | 'message'>[] | undefined =>
  error.findDetails(FieldProblemsSchema)[0]?.problems

/** For a call's `catch`: that there is no such thing is an answer, too. */
export function undefinedWhenNotFound(error: unknown): undefined {
  if (ConnectError.from(error).code !== Code.NotFound) throw error
}
