import type { View } from '../text/orders.ts'
import type { Gateway } from './gateway.ts'
import type { KeptTokens } from './kept-tokens.ts'
import type { SignedIn } from './signed-in.ts'

/** What a command may use of the world. */
export type Context = {
  /** The environment, filled up with the addresses of the running stack. */
  env: NodeJS.ProcessEnv
  stackFolder: string
  gatewayUrl(): string
  /** As whom the gateway at that address is asked. */
  signedIn(url: string): SignedIn
  /** The demo customers', for the gateway at that address. */
  demoPassword(url: string): string | undefined
  keptTokens: KeptTokens
  gateway(): Gateway
  /** What the text about an order needs besides the order. */
  view(): View
  /** One line, or several, on standard output: our own text, or what `clean` or `asJson` made. */
  print(text: string): void
  /** An answer on standard output: as JSON, or in words, which are given it without anything that a terminal obeys. */
  tell<T>(json: boolean | undefined, answer: T, words: (answer: T) => string): void
  /** The key of a request that must not happen twice: the given one, or a new one, which the user is told. */
  key(given: string | undefined): string
  input: NodeJS.ReadStream
  terminal: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  /** Aborts at Ctrl-C and SIGTERM. */
  untilInterrupted(): AbortSignal
  setExitCode(code: number): void
}
