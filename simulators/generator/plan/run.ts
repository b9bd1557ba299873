import type { Session } from '#clients/rest/session.ts'
import type { OrderSource } from '#contracts/order.ts'
import type { Kafka } from '#platform/kafka/kafka.ts'
import type { Logger } from '#platform/process/logger.ts'
import type { Progress } from '#platform/process/progress.ts'
import type { OutcomeBook } from '../follow/outcomes.ts'
import type { DayOrder } from '../log/dates.ts'
import type { OrderLog } from '../log/log.ts'
import type { Gateway } from '../place/gateway.ts'
import type { Shares } from './placements.ts'

/** A log replayed in the order of its times. `earlier`: logs replayed before, whose goods may come back now. */
export type ReplayOrigin = {
  kind: 'replay'
  file: string
  earlier: readonly string[]
  speed: number
  prefix: string
  /** How 1/12/2010 is meant in these files, where they do not say it themselves. */
  dates?: DayOrder
}

/** Drawn by chance from a log. */
export type DrawOrigin = {
  kind: 'draw'
  log: string
  rate: number
  lasts?: number
  count?: number
  shares: Shares
  /** Places what the gateway of a demonstration says, once it says something. */
  steered?: boolean
}

/** Where orders come from: a log, or chance. */
export type Origin = ReplayOrigin | DrawOrigin

export type GenerateOptions = {
  origin: Origin
  source: OrderSource
  seed: string
  brokers: readonly string[]
  /** Where products and customers are made known, and returns are asked for. */
  gatewayUrl: string
  session: Session
  /** Read the log, and touch nothing. */
  dryRun: boolean
  /** Make products and customers known first. */
  register: boolean
  /** The password of the users that are made for the first customers of a log that is drawn from; absent: none are made. */
  demoPassword?: string
  /** Follow every order to its end, and every return. Gives up when nothing has ended for `patience` ms. */
  wait: boolean
  patience: number
  logger: Logger
  signal: AbortSignal
  /** Where progress is shown: standard error. */
  terminal: { isTTY?: boolean; write(text: string): unknown }
  /** Tests give topics of their own. */
  topicOf?: (name: string) => string
}

/** What one run of the generator works with. */
export type Run = {
  options: GenerateOptions
  kafka: Kafka
  gateway: Gateway
  log: OrderLog
  book: OutcomeBook
  progress: Progress
}

export const topicOf = ({ options }: Run, name: string): string => options.topicOf?.(name) ?? name
