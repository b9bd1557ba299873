/** For what the types after it rely on, and for what `expect` has no words for. */
export function ensure(condition: unknown, message = 'what the test relies on is not so'): asserts condition {
  if (!condition) throw new Error(message)
}

/** Where an expression is wanted and none is right. */
export function fail(message: string): never {
  throw new Error(message)
}

/** Puts `what` before the message of an expectation that fails: which of many it was. */
export function about<T>(what: string, expectation: () => T): T {
  try {
    const result = expectation()
    return result instanceof Promise ? (result.catch((error: unknown) => rethrow(what, error)) as T) : result
  } catch (error) {
    return rethrow(what, error)
  }
}

function rethrow(what: string, error: unknown): never {
  if (error instanceof Error) error.message = `${what}: ${error.message}`
  throw error
}

/** In place of what is expected to be thrown: any error of which the predicate is true. */
export const satisfying = (predicate: (error: unknown) => boolean) => ({ asymmetricMatch: predicate })
