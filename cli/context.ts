import type { Gateway } from './gateway.ts'
import type { View } from './order-text.ts'

/** What a command may use of the world. */
export type Context = {
  /** The environment, filled up with the addresses of the running stack. */
  env: NodeJS.ProcessEnv
  projectFolder: string
  gateway(): Gateway
  /** What the text about an order needs besides the order. */
  view(): View
  /** One line, or several, on standard output. */
  print(text: string): void
  terminal: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  /** Aborts at Ctrl-C and SIGTERM. */
  untilInterrupted(): AbortSignal
  setExitCode(code: number): void
}
