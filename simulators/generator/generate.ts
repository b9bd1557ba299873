import { preOrderName } from '#contracts/order.ts'
import { partitionsPerTopic, topics } from '#contracts/topics.ts'
import { deadLetterTopic } from '#platform/dead-letters.ts'
import { connectKafka } from '#platform/kafka.ts'
import { catalogueOf, demoUsers } from './catalogue.ts'
import { type Following, followOrders, untilEnded } from './follow.ts'
import { createGateway, type Gateway } from './gateway.ts'
import { readOrderLog } from './log.ts'
import { createOutcomeBook } from './outcomes.ts'
import { placeOrders } from './placing.ts'
import { createProgress } from './progress.ts'
import { type Registered, register } from './register.ts'
import { replayReturns } from './replay-returns.ts'
import { type GenerateOptions, type Run, topicOf } from './run.ts'
import { type Summary, summaryOf } from './summary.ts'

/** Registers what the log names, places the orders, and with `wait` follows them to their ends. */
export async function generate(options: GenerateOptions): Promise<Summary> {
  const { origin, source, brokers, gatewayUrl, session, logger, signal } = options
  const log = await readOrderLog(origin.kind === 'replay' ? origin.file : origin.log)
  const run: Run = {
    options,
    kafka: connectKafka({ brokers, clientId: `generator-${source}`, logger, signal }),
    gateway: createGateway({ url: gatewayUrl, session, logger, signal }),
    log,
    book: createOutcomeBook(),
    progress: createProgress(options.terminal),
  }
  const registered = await makeKnown(run)
  if (origin.kind === 'replay')
    run.book.expect(log.invoices.map(({ invoice }) => preOrderName(source, `${origin.prefix}${invoice}`)))
  await createTopics(run)
  const reader = options.wait ? await followOrders(followingOf(run)) : undefined
  try {
    return await placeAndFollow(run, registered)
  } finally {
    run.progress.end()
    await reader?.stop()
  }
}

async function placeAndFollow(run: Run, registered: Registered | null): Promise<Summary> {
  const { options, log, book, gateway } = run
  const { origin, source, seed, wait } = options
  const startedAt = Date.now()
  const { repeats, kinds } = await placeOrders(run)
  if (wait) await untilEnded(followingOf(run))
  const seconds = (Date.now() - startedAt) / 1_000
  const returns = origin.kind === 'replay' ? await replayReturns(run, origin) : null
  const replayed = origin.kind === 'replay' ? log : null
  const others = replayed ? replayed.refused.length + replayed.cancellations.length : 0
  return summaryOf({
    source,
    seed,
    ordersIn: book.expectedCount + others,
    placed: book.placedCount,
    repeats,
    kinds,
    registered,
    seconds,
    failedRequests: gateway.failedRequests,
    log: replayed,
    returns,
    outcomes: wait ? book.outcomes() : null,
  })
}

const followingOf = (run: Run): Following => ({
  ...run.options,
  book: run.book,
  progress: run.progress,
  eventTopics: [topics.orderEvents, topics.paymentEvents].map((name) => topicOf(run, name)),
  deadLetters: topicOf(run, deadLetterTopic(topics.preOrders)),
  // A replay's orders may have been placed, and may have ended, in an earlier run.
  from: run.options.origin.kind === 'replay' ? 'earliest' : 'now',
})

async function makeKnown({ options, gateway, log, progress }: Run): Promise<Registered | null> {
  const { register: wanted, origin, demoPassword, logger } = options
  if (!wanted) return null
  if (origin.kind === 'draw' && !(await maySignIn(gateway))) {
    logger.warn('the sign-in was refused: what there is to sell, and to whom, is left as it is')
    return null
  }
  const catalogue = catalogueOf(log)
  const users = demoPassword && origin.kind === 'draw' ? demoUsers(catalogue, demoPassword) : []
  const show = (done: number, of: number) => progress.show('registered', done, of)
  const registered = await register(catalogue, users, gateway, show)
  progress.end()
  return registered
}

/** Not once somebody gave staff another password: then the seed data has been there for long. */
const maySignIn = async (gateway: Gateway): Promise<boolean> =>
  (await gateway.ask({ method: 'GET', path: '/v1/auth/me' })).status < 400

async function createTopics(run: Run): Promise<void> {
  const specs = [topics.preOrders, topics.orderEvents, topics.paymentEvents].map((name) => ({
    topic: topicOf(run, name),
    partitions: partitionsPerTopic,
  }))
  await run.kafka.createTopics([
    ...specs,
    { topic: topicOf(run, deadLetterTopic(topics.preOrders)), partitions: 1 },
  ])
}
