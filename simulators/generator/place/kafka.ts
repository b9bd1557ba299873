import { createRest } from '#clients/rest/rest.ts'
import { topics } from '#contracts/topics.ts'
import { waitUntilUp } from '#platform/process/lifecycle.ts'
import { createRandom } from '#simulators/rolls.ts'
import { identityOf } from '../plan/identity.ts'
import { draw, drawing, type Placement, replay } from '../plan/placements.ts'
import { type DrawOrigin, type Run, topicOf } from '../plan/run.ts'
import type { Summary } from '../report/summary.ts'
import { asMessage, placeAll } from './on-time.ts'
import { placeSteered, steerBy } from './steering.ts'

/** Places all orders of a run on Kafka, each when it is due. */
export async function placeOrders(run: Run): Promise<Pick<Summary, 'repeats' | 'kinds'>> {
  const { kafka, book, progress, options } = run
  const { logger, signal } = options
  const topic = topicOf(run, topics.preOrders)
  const producer = await kafka.producer()
  const kinds: Summary['kinds'] = {}
  let repeats = 0

  const send = async (batch: readonly Placement[]) => {
    const at = Date.now()
    for (const { order, kind, repeat } of batch) {
      book.placed(identityOf(order), at)
      if (repeat) repeats++
      else kinds[kind] = (kinds[kind] ?? 0) + 1
    }
    const messages = batch.map(({ order }) => asMessage(topic, order))
    await waitUntilUp('Kafka', () => producer.send(messages), { logger, signal })
    progress.show('placed', book.placedCount, expected(run))
  }
  const { origin } = options
  const placing = { send, now: Date.now, signal }
  const placed =
    origin.kind === 'draw' && origin.steered
      ? placeSteered({ ...steeredBy(run, origin), ...placing })
      : placeAll(placementsOf(run), placing)
  await placed.finally(() => producer.stop())
  return { repeats, kinds }
}

function placementsOf({ options, log }: Run): Iterable<Placement> {
  const { origin, source, seed } = options
  if (origin.kind === 'replay') return replay(log.invoices, { ...origin, source })
  const run = Date.now().toString(36)
  return draw(log, { ...origin, source, run, random: createRandom(`${seed}/${source}`), now: Date.now })
}

/** What somebody at the gateway says, from one order to the next. */
function steeredBy({ options, log }: Run, { rate, shares }: DrawOrigin) {
  const { source, seed, gatewayUrl: url, session, logger, signal } = options
  const rest = createRest({ url, session, mayTake: 3_000, patience: 0, signal })
  const started = { rate, ...shares, running: true }
  const random = createRandom(`${seed}/${source}`)
  const next = drawing(log, { source, run: Date.now().toString(36), random, now: Date.now })
  return { steering: steerBy({ rest, source, started, logger, signal }), next, random }
}

const expected = ({ options: { origin }, log }: Run) =>
  origin.kind === 'replay' ? log.invoices.length : origin.count
