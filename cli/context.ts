import type { Gateway } from './gateway.ts'
import type { KeptTokens } from './kept-tokens.ts'
import type { View } from './order-text.ts'
import type { SignedIn } from './signed-in.ts'

/** What a command may use of the world. */
export type Context = {
  /** The environment, filled up with the addresses of the running stack. */
  env: NodeJS.ProcessEnv
  projectFolder: string
  gatewayUrl(): string
  /** As whom the gateway at that address is asked. */
  signedIn(url: string): SignedIn
  keptTokens: KeptTokens
  gateway(): Gateway
  /** What the text about an order needs besides the order. */
  view(): View
  /** One line, or several, on standard output. */
  print(text: string): void
  input: NodeJS.ReadStream
  terminal: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  /** Aborts at Ctrl-C and SIGTERM. */
  untilInterrupted(): AbortSignal
  setExitCode(code: number): void
}
