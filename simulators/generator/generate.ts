import { type OrderSource, preOrderName } from '#contracts/order.ts'
import { deadLetterOf, partitionsPerTopic, topics } from '#contracts/topics.ts'
import { connectKafka, type Kafka } from '#platform/kafka.ts'
import { waitUntilUp } from '#platform/lifecycle.ts'
import type { Logger } from '#platform/logger.ts'
import { createRandom } from '../rolls.ts'
import { catalogueOf } from './catalogue.ts'
import { type Following, followOrders, untilEnded } from './follow.ts'
import { createGateway } from './gateway.ts'
import { type OrderLog, readOrderLog } from './log.ts'
import { createOutcomeBook, type OutcomeBook } from './outcomes.ts'
import { asMessage, placeAll } from './place.ts'
import { draw, type Placement, replay, type Shares } from './placements.ts'
import { createProgress, type Progress } from './progress.ts'
import { register } from './register.ts'
import { type Summary, summaryOf } from './summary.ts'

/** Where orders come from: a log replayed in the order of its times, or chance. */
export type Origin =
  | { kind: 'replay'; file: string; speed: number; prefix: string }
  | { kind: 'draw'; log: string; rate: number; lasts?: number; count?: number; shares: Shares }

export type GenerateOptions = {
  origin: Origin
  source: OrderSource
  seed: string
  brokers: readonly string[]
  /** Where products and customers are registered first; null: they are known already. */
  gatewayUrl: string | null
  /** Follow every order to its end. Gives up when nothing has ended for `patience` ms. */
  wait: boolean
  patience: number
  logger: Logger
  signal: AbortSignal
  /** Where progress is shown: standard error. */
  terminal: { isTTY?: boolean; write(text: string): unknown }
  /** Tests give topics of their own. */
  topicOf?: (name: string) => string
}

type Run = { options: GenerateOptions; kafka: Kafka; log: OrderLog; book: OutcomeBook; progress: Progress }

/** Registers what the log names, places the orders, and with `wait` follows them to their ends. */
export async function generate(options: GenerateOptions): Promise<Summary> {
  const { origin, source, seed, brokers, logger, signal } = options
  const log = await readOrderLog(origin.kind === 'replay' ? origin.file : origin.log)
  const kafka = connectKafka({ brokers, clientId: `generator-${source}`, logger, signal })
  const run: Run = {
    options,
    kafka,
    log,
    book: createOutcomeBook(),
    progress: createProgress(options.terminal),
  }

  await makeKnown(run)
  if (origin.kind === 'replay')
    run.book.expect(log.invoices.map(({ invoice }) => nameOf(origin, source, invoice)))
  await createTopics(run)
  const reader = options.wait ? await followOrders(followingOf(run)) : undefined
  const startedAt = Date.now()
  try {
    const { repeats, kinds } = await placeOrders(run)
    if (options.wait) await untilEnded(followingOf(run))
    const replayed = origin.kind === 'replay' ? log : null
    const { placedCount: placed, expectedCount } = run.book
    return summaryOf({
      source,
      seed,
      ordersIn: expectedCount + (replayed?.refused.length ?? 0),
      placed,
      repeats,
      kinds,
      seconds: (Date.now() - startedAt) / 1_000,
      log: replayed,
      outcomes: options.wait ? run.book.outcomes() : null,
    })
  } finally {
    run.progress.end()
    await reader?.stop()
  }
}

const nameOf = ({ prefix }: { prefix: string }, source: OrderSource, invoice: string) =>
  preOrderName(source, `${prefix}${invoice}`)

const topicOf = ({ options }: Run, name: string) => options.topicOf?.(name) ?? name

const followingOf = (run: Run): Following => ({
  ...run.options,
  book: run.book,
  progress: run.progress,
  eventTopics: [topics.orderEvents, topics.paymentEvents].map((name) => topicOf(run, name)),
  deadLetters: topicOf(run, deadLetterOf(topics.preOrders)),
  // A replay's orders may have been placed, and may have ended, in an earlier run.
  from: run.options.origin.kind === 'replay' ? 'earliest' : 'now',
})

async function makeKnown({ options, log, progress }: Run): Promise<void> {
  const { gatewayUrl, logger, signal } = options
  if (gatewayUrl === null) return
  const gateway = createGateway({ url: gatewayUrl, logger, signal })
  await register(catalogueOf(log), gateway, (done, of) => progress.show('registered', done, of))
  progress.end()
}

async function createTopics(run: Run): Promise<void> {
  const specs = [topics.preOrders, topics.orderEvents, topics.paymentEvents].map((name) => ({
    topic: topicOf(run, name),
    partitions: partitionsPerTopic,
  }))
  await run.kafka.createTopics([
    ...specs,
    { topic: topicOf(run, deadLetterOf(topics.preOrders)), partitions: 1 },
  ])
}

async function placeOrders(run: Run): Promise<Pick<Summary, 'repeats' | 'kinds'>> {
  const { kafka, book, progress, options } = run
  const { logger, signal } = options
  const topic = topicOf(run, topics.preOrders)
  const producer = await kafka.producer()
  const kinds: Summary['kinds'] = {}
  let repeats = 0

  const send = async (batch: readonly Placement[]) => {
    const at = Date.now()
    for (const { order, kind, repeat } of batch) {
      book.placed(preOrderName(order.source, order.reference), at)
      if (repeat) repeats++
      else kinds[kind] = (kinds[kind] ?? 0) + 1
    }
    const messages = batch.map(({ order }) => asMessage(topic, order))
    await waitUntilUp('Kafka', () => producer.send(messages), { logger, signal })
    progress.show('placed', book.placedCount, expected(run))
  }
  await placeAll(placementsOf(run), { send, now: Date.now, signal }).finally(() => producer.stop())
  return { repeats, kinds }
}

function placementsOf({ options, log }: Run): Iterable<Placement> {
  const { origin, source, seed } = options
  if (origin.kind === 'replay') return replay(log.invoices, { ...origin, source })
  const run = Date.now().toString(36)
  return draw(log, { ...origin, source, run, random: createRandom(`${seed}/${source}`), now: Date.now })
}

const expected = ({ options: { origin }, log }: Run) =>
  origin.kind === 'replay' ? log.invoices.length : origin.count
