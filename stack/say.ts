/** One clear line that says what to do; shown without a stack. */
export class UserError extends Error {
  override name = 'UserError'
}

export const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** Runs `work`, and shows that it is still going on when it takes longer than two seconds. */
export async function withProgress<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1000)
  const terminal = process.stderr.isTTY
  const beat = setInterval(
    () => process.stderr.write(terminal ? `\r  ${what} … ${seconds()} s` : `  ${what} … ${seconds()} s\n`),
    terminal ? 1_000 : 5_000,
  )
  try {
    return await work()
  } finally {
    clearInterval(beat)
    if (terminal && seconds() >= 1) process.stderr.write(`\r  ${what}: ${seconds()} s\x1b[K\n`)
    else if (seconds() >= 2) say(`  ${what}: ${seconds()} s`)
  }
}
