import { type Command, InvalidArgumentError, Option } from 'commander'
import { lengths } from '#contracts/limits.ts'
import { type OrderSource, orderSources } from '#contracts/order.ts'
import { localHttpUrl } from '#contracts/services.ts'
import { duration } from '#platform/process/durations.ts'
import { composed, textProblem } from '#platform/values/texts.ts'
import { type DayOrder, dayOrders } from './log/dates.ts'
import type { GenerateOptions } from './plan/run.ts'

type Flags = {
  source: OrderSource
  rate: number
  for?: number
  count?: number
  seed?: string
  invalid: number
  duplicate: number
  unaffordable: number
  outOfStock: number
  far: number
  log: string
  file?: string
  earlier: string[]
  speed: number
  prefix: string
  dates?: DayOrder
  dryRun?: boolean
  wait?: boolean
  patience: number
  register: boolean
  steered?: boolean
  gateway: string
  brokers: string[]
  json?: boolean
}

/** The log that baskets are drawn from unless another is named: the project's seed data. */
const seedLog = new URL('../../data/online-retail-2010-12-01.csv', import.meta.url).pathname

/** Adds the generator's options; each can also be set in the environment, which its help names. */
export function addGenerateOptions(command: Command): Command {
  const option = (flags: string, what: string, env: string) => new Option(flags, what).env(env)
  const share = (name: string, what: string) =>
    option(`--${name} <share>`, what, `GENERATOR_${name.replaceAll('-', '_').toUpperCase()}`)
      .argParser(shareOf)
      .default(0)
  return command
    .addOption(
      option('--source <name>', 'who places the orders', 'GENERATOR_SOURCE')
        .choices(orderSources)
        .default('web'),
    )
    .addOption(
      option('--rate <n>', 'orders a second, on average', 'GENERATOR_RATE').argParser(positive).default(1),
    )
    .addOption(option('--for <time>', 'stop placing after, e.g. 60s', 'GENERATOR_FOR').argParser(duration))
    .addOption(option('--count <n>', 'stop placing after so many orders', 'GENERATOR_COUNT').argParser(whole))
    .addOption(option('--seed <text>', 'the same seed draws the same orders', 'GENERATOR_SEED'))
    .addOption(share('invalid', 'share of orders that break a rule, 0 to 1'))
    .addOption(share('duplicate', 'share of orders placed twice'))
    .addOption(share('unaffordable', 'share of orders of a customer without money'))
    .addOption(share('out-of-stock', 'share of orders for far more than there is'))
    .addOption(share('far', 'share of orders from out of range'))
    .addOption(
      option('--log <csv>', 'order log to draw baskets from', 'GENERATOR_LOG').default(
        seedLog,
        'the seed data',
      ),
    )
    .addOption(option('--file <csv>', 'replay this order log instead', 'GENERATOR_FILE'))
    .addOption(
      option(
        '--earlier <csv>',
        'a log replayed before, whose goods may come back; may be repeated',
        'GENERATOR_EARLIER',
      )
        .argParser((file, before: string[]) => [...before, file])
        .default([], 'none'),
    )
    .addOption(
      option('--speed <n|max>', 'replay so many times as fast', 'GENERATOR_SPEED')
        .argParser(speed)
        .default(1),
    )
    .addOption(
      option('--prefix <text>', 'replay as new orders: put before each number', 'GENERATOR_PREFIX')
        .argParser(prefixOf)
        .default(''),
    )
    .addOption(
      option(
        '--dates <order>',
        'how 1/12/2010 is meant where the file itself does not say it: dmy or mdy',
        'GENERATOR_DATES',
      ).choices(dayOrders),
    )
    .option('--dry-run', 'say what would be ordered and what not, and touch nothing')
    .option('--wait', 'follow every order to its end; of a replayed log take back what was returned')
    .addOption(
      option('--patience <time>', 'give up waiting when nothing ends for', 'GENERATOR_PATIENCE')
        .argParser(duration)
        .default(600_000, '10m'),
    )
    .option('--steered', 'place what the gateway of a demonstration says, for as long as it says something')
    .option('--no-register', 'products and customers are known already')
    .addOption(
      option('--gateway <url>', 'where to register them, and to ask for returns', 'GATEWAY_URL').default(
        localHttpUrl('gateway'),
      ),
    )
    .addOption(
      option('--brokers <list>', 'Kafka, host:port with commas between', 'KAFKA_BROKERS')
        .argParser((text) => text.split(','))
        .default(['127.0.0.1:9092'], '127.0.0.1:9092'),
    )
    .option('--json', 'print the summary as one JSON object')
}

type Chosen = Omit<GenerateOptions, 'session' | 'demoPassword' | 'logger' | 'signal' | 'terminal'>

/** What the flags mean. The seed is by chance unless given. */
export function generateOptionsOf(command: Command): Chosen & { json: boolean } {
  const flags = command.opts<Flags>()
  return {
    origin: originOf(command, flags),
    source: flags.source,
    seed: flags.seed ?? String(Math.floor(Math.random() * 1e9)),
    brokers: flags.brokers,
    gatewayUrl: flags.gateway,
    register: flags.register,
    dryRun: flags.dryRun ?? false,
    wait: flags.wait ?? false,
    patience: flags.patience,
    json: flags.json ?? false,
  }
}

function originOf(command: Command, flags: Flags): GenerateOptions['origin'] {
  const { file, earlier, speed, prefix, dates, log, rate, count, for: lasts } = flags
  if (file !== undefined && flags.steered)
    command.error('error: --steered is for orders that are drawn: without --file')
  if (file !== undefined) return { kind: 'replay', file, earlier, speed, prefix, ...(dates && { dates }) }
  if (dates !== undefined) command.error('error: --dates is for a log that is replayed: --file')
  if (flags.steered && (lasts !== undefined || count !== undefined))
    command.error('error: --steered goes on until it is stopped: without --for and --count')
  if (flags.dryRun) command.error('error: --dry-run is for a log that is replayed: --file')
  if (earlier.length > 0) command.error('error: --earlier is for a log that is replayed: --file')
  const { invalid, duplicate, unaffordable, outOfStock, far } = flags
  const shares = { invalid, duplicate, unaffordable, outOfStock, far }
  if (invalid + unaffordable + outOfStock + far > 1) {
    command.error('error: the shares of invalid, unaffordable, out-of-stock and far are more than 1 together')
  }
  return {
    kind: 'draw',
    log,
    rate,
    shares,
    ...(flags.steered && { steered: true }),
    ...(lasts === undefined ? {} : { lasts }),
    ...(count === undefined ? {} : { count }),
  }
}

function check<T>(value: T, right: boolean, wanted: string): T {
  if (!right) throw new InvalidArgumentError(`Wanted: ${wanted}.`)
  return value
}

const numberOf = (text: string) => (text.trim() === '' ? Number.NaN : Number(text))
const positive = (text: string) =>
  check(numberOf(text), numberOf(text) > 0 && Number.isFinite(numberOf(text)), 'a number above 0')
const shareOf = (text: string) =>
  check(numberOf(text), numberOf(text) >= 0 && numberOf(text) <= 1, 'a share from 0 to 1')
const whole = (text: string) => check(numberOf(text), /^\d+$/.test(text), 'a whole number')

/** An invoice number has up to 13 characters. */
const LONGEST_NUMBER = 13

/** As the order service keeps it, which tells orders by their whole references. */
function prefixOf(text: string): string {
  const prefix = composed(text)
  const { max, maxBytes } = lengths.reference
  const limits = { max: max - LONGEST_NUMBER, maxBytes: maxBytes - LONGEST_NUMBER, min: 0 } as const
  const problem = textProblem(prefix, limits)
  if (problem !== undefined) throw new InvalidArgumentError(`It ${problem}.`)
  return prefix
}

const speed = (text: string) => (text === 'max' || text === '0' ? Number.POSITIVE_INFINITY : positive(text))
