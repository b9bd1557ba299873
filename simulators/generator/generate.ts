import { partitionsPerTopic, topics } from '#contracts/topics.ts'
import { connectKafka } from '#platform/kafka/kafka.ts'
import { deadLetterTopic } from '#platform/messaging/dead-letters.ts'
import { createProgress } from '#platform/process/progress.ts'
import { type Following, followOrders, untilEnded } from './follow/follow.ts'
import { createOutcomeBook } from './follow/outcomes.ts'
import { replayReturns, returnsIn } from './follow/replay-returns.ts'
import { type OrderLog, readOrderLog } from './log/log.ts'
import { createGateway, type Gateway } from './place/gateway.ts'
import { placeOrders } from './place/kafka.ts'
import { type Registered, register } from './place/register.ts'
import { catalogueOf, demoUsers } from './plan/catalogue.ts'
import { identityOf } from './plan/identity.ts'
import { replay } from './plan/placements.ts'
import { type GenerateOptions, type Origin, type ReplayOrigin, type Run, topicOf } from './plan/run.ts'
import { type Summary, summaryOf, toPlace } from './report/summary.ts'

/** Registers what the log names, places the orders, and with `wait` follows them to their ends. */
export async function generate(options: GenerateOptions): Promise<Summary> {
  const { origin, source, brokers, gatewayUrl, session, logger, signal } = options
  const log = await logOf(origin)
  if (options.dryRun && origin.kind === 'replay') return dryRun(log, origin, options)
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
    run.book.expect([...replay(log.invoices, { ...origin, source })].map(({ order }) => identityOf(order)))
  await createTopics(run)
  const reader = options.wait ? await followOrders(followingOf(run)) : undefined
  try {
    return await placeAndFollow(run, registered)
  } finally {
    run.progress.end()
    await reader?.stop()
  }
}

const logOf = (origin: Origin): Promise<OrderLog> =>
  origin.kind === 'replay' ? readOrderLog(origin.file, { days: origin.dates }) : readOrderLog(origin.log)

/** What the log would come to, as far as the log itself says it. */
async function dryRun(log: OrderLog, origin: ReplayOrigin, options: GenerateOptions): Promise<Summary> {
  const { source, seed } = options
  return summaryOf({
    source,
    seed,
    ordersIn: invoicesIn(log),
    placed: 0,
    repeats: 0,
    kinds: {},
    toPlace: toPlace(log, origin),
    registered: null,
    seconds: 0,
    failedRequests: 0,
    log,
    returns: await returnsIn(log, origin),
    outcomes: null,
  })
}

const invoicesIn = ({ invoices, refused, cancellations }: OrderLog): number =>
  invoices.length + refused.length + cancellations.length

async function placeAndFollow(run: Run, registered: Registered | null): Promise<Summary> {
  const { options, log, book, gateway } = run
  const { origin, source, seed, wait } = options
  const startedAt = Date.now()
  const { repeats, kinds } = await placeOrders(run)
  if (wait) await untilEnded(followingOf(run))
  const seconds = (Date.now() - startedAt) / 1_000
  const returns = origin.kind === 'replay' ? await replayReturns(run, origin) : null
  const replayed = origin.kind === 'replay' ? log : null
  return summaryOf({
    source,
    seed,
    ordersIn: replayed ? invoicesIn(replayed) : book.expectedCount,
    placed: book.placedCount,
    repeats,
    kinds,
    toPlace: null,
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
