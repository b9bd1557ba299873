const longest = 2_000

/** A text as people or errors wrote it, in a form that a database takes: Postgres has no NUL; at most 2,000 characters. */
export function storable(text: string): string {
  const clean = text.replaceAll('\0', '')
  const short = clean.length > longest ? `${clean.slice(0, longest - 1)}…` : clean
  return short.toWellFormed()
}
