import { Command } from 'commander'
import { createLogger, reasonOf } from '#platform/process/logger.ts'
import { generate } from './generate.ts'
import { addGenerateOptions, generateOptionsOf } from './options.ts'
import { accessOf } from './place/access.ts'
import { isClean } from './report/summary.ts'
import { inWords } from './report/summary-text.ts'

/** The generator as a process: progress and log on standard error, the summary on standard output. */
async function main(): Promise<void> {
  const command = addGenerateOptions(new Command('generator')).description('places orders on Kafka')
  command.parse()
  const { json, ...options } = generateOptionsOf(command)
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  const logger = createLogger({
    process: `generator-${options.source}`,
    level: process.env.LOG_LEVEL || 'info',
    destination: process.stderr,
  })
  try {
    const { signal } = stopping
    const access = accessOf(process.env, { ...options, signal })
    const summary = await generate({ ...options, ...access, logger, signal, terminal: process.stderr })
    process.stdout.write(`${json ? JSON.stringify(summary) : inWords(summary)}\n`)
    process.exitCode = isClean(summary) ? 0 : 1
  } catch (error) {
    // Asked to stop before the first order: there is nothing to sum up.
    if (stopping.signal.aborted) return
    logger.fatal({ err: error }, reasonOf(error))
    process.exitCode = 1
  }
}

if (import.meta.main) await main()
