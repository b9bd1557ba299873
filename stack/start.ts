import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseDuration } from '#platform/process/config.ts'
import { endLeftOvers, holdFolder } from './processes/leftovers.ts'
import { createSystem, dataFolder, logFolder, stackFolder } from './processes/system.ts'
import { createTable } from './processes/table.ts'
import { conclude, watch } from './processes/watch.ts'
import { say, UserError } from './say.ts'
import { fullDisk, haveRoom } from './servers/disk-room.ts'
import { chosenPorts } from './servers/ports.ts'
import { homeOf } from './servers/postgres.ts'

const usage = `npm start -- [options]
  --rate N       orders a second, all sources together (default 1); 0 places none
  --for TIME     stop placing orders after, e.g. 60s
  --exit         with --for: wait until every order has ended, sum up, run the audit, and exit 0 when it is clean
  --fresh        forget the data of earlier starts
  --seed TEXT    the same seed draws the same orders
  --watch        a service starts again when its code changes
  --log-level L  trace, debug, info, warn, error (default info)`

const stopping = new AbortController()
// 'disconnect': whoever started us was killed.
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.on(event, () => stopping.abort(new UserError(`stopped: ${event}`)))
}

process.exitCode = await main().catch((error: unknown) => {
  say(fullDisk(error) ?? (error instanceof UserError ? error.message : String((error as Error).stack)))
  return stopping.signal.aborted ? 130 : 1
})
process.exit()

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2))
  if (options === 'help') {
    console.log(usage)
    return 0
  }
  const letGo = await holdFolder(join(stackFolder, 'start.pid'))
  await endLeftOvers(logFolder)
  if (options.fresh) {
    await rm(await homeOf(join(dataFolder, 'postgres')), { recursive: true, force: true })
    await rm(dataFolder, { recursive: true, force: true })
  }
  const { rate, lasts, seed, exit } = options
  await haveRoom([dataFolder, await homeOf(join(dataFolder, 'postgres'))])
  const since = new Date()
  const table = createTable(process.stderr)
  const system = createSystem({
    ports: chosenPorts(process.env),
    logLevel: options.logLevel,
    watch: options.watch,
    signal: stopping.signal,
    tell: table.tell,
  })
  try {
    await system.start()
    const placed = new AbortController()
    system.place({ rate, lasts, seed, wait: exit }).then(() => placed.abort(), system.fail)
    const until = exit && lasts !== undefined ? { placing: parseDuration(lasts) } : 'stopped'
    await watch(system, table, { since, placed: placed.signal, until })
    return await conclude(system, since)
  } finally {
    say('stopping …')
    await system.stop()
    letGo()
    say('everything is stopped')
  }
}

function optionsOf(args: string[]) {
  const wrong = (message: string) => new UserError(`${message}\n${usage}`)
  const { values } = parse(args, wrong)
  if (values.help) return 'help'
  const rate = Number(values.rate)
  if (!(rate >= 0)) throw wrong(`--rate is "${values.rate}"; wanted: a number, 0 or more`)
  const lasts = values.for
  try {
    if (lasts !== undefined) parseDuration(lasts)
  } catch (error) {
    throw wrong(`--for: ${(error as Error).message}`)
  }
  if (values.exit && lasts === undefined) throw wrong('--exit needs --for')
  const { fresh, exit, seed, watch, 'log-level': logLevel } = values
  return { rate, lasts, fresh, exit, seed, watch, logLevel }
}

function parse(args: string[], wrong: (message: string) => UserError) {
  try {
    return parseArgs({
      args,
      options: {
        rate: { type: 'string', default: '1' },
        for: { type: 'string' },
        exit: { type: 'boolean', default: false },
        fresh: { type: 'boolean', default: false },
        seed: { type: 'string' },
        watch: { type: 'boolean', default: false },
        'log-level': { type: 'string', default: 'info' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw wrong((error as Error).message)
  }
}
