import { connect } from 'node:net'
import type { Command } from 'commander'
import { createLogger } from '#platform/process/logger.ts'
import { LogRefused } from '#simulators/generator/log/refused.ts'
import { addGenerateOptions, generateOptionsOf } from '#simulators/generator/options.ts'
import type { Context } from '../session/context.ts'
import { exitCodes, Failure } from '../text/failure.ts'

export function addGenerateCommand(program: Command, context: Context): void {
  const command = program
    .command('generate')
    .description('place orders on Kafka: drawn by chance from an order log, or a log replayed')
  addGenerateOptions(command).action(async () => {
    const { json, ...options } = generateOptionsOf(command)
    if (!options.dryRun) await mustAnswer('Kafka', options.brokers)
    if (options.register && !options.dryRun) await mustAnswer('the gateway', [hostOf(options.gatewayUrl)])

    const signal = context.untilInterrupted()
    const { stderr, env } = context
    const { session } = context.signedIn(options.gatewayUrl)
    const demoPassword = context.demoPassword(options.gatewayUrl)
    const logger = createLogger({
      process: `generator-${options.source}`,
      level: env.LOG_LEVEL || 'warn',
      format: 'pretty',
      destination: stderr,
    })
    // Loaded late: other commands start without Kafka's client.
    const [{ generate }, { isClean }, { inWords }] = await Promise.all([
      import('#simulators/generator/generate.ts'),
      import('#simulators/generator/report/summary.ts'),
      import('#simulators/generator/report/summary-text.ts'),
    ])
    try {
      const access = { session, ...(demoPassword && { demoPassword }) }
      const summary = await generate({ ...options, ...access, logger, signal, terminal: stderr })
      context.tell(json, summary, inWords)
      if (!isClean(summary)) context.setExitCode(exitCodes.refused)
    } catch (error) {
      if (error instanceof LogRefused) throw new Failure('refused', error.message)
      // Interrupted before the first order: there is nothing to sum up.
      if (!signal.aborted) throw error
    }
  })
}

const hostOf = (url: string): string => {
  const { hostname, port, protocol } = new URL(url)
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
}

/** The generator waits for servers that are away; who types a command would rather be told. */
async function mustAnswer(what: string, addresses: readonly string[]): Promise<void> {
  const answers = await Promise.all(addresses.map(answering))
  if (answers.includes(true)) return
  const message = `${what} at ${addresses.join(', ')} cannot be reached; is it running? "npm start" runs it`
  throw new Failure('unreachable', message)
}

function answering(address: string): Promise<boolean> {
  const { hostname: host, port } = new URL(`tcp://${address.trim()}`)
  return new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port: Number(port), timeout: 3_000 })
    const end = (answers: boolean) => {
      socket.destroy()
      resolve(answers)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}
