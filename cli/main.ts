import { Command } from 'commander'
import { z } from 'zod'
import { readConfig, zUrl } from '#platform/config.ts'
import { projectFolder, withStackAddresses } from './addresses.ts'
import { addAuditCommand } from './audit.ts'
import type { Context } from './context.ts'
import { addDeadLetterCommands } from './dead-letters.ts'
import { exitCodesHelp, tellFailure } from './failure.ts'
import { createGateway } from './gateway.ts'
import { addGenerateCommand } from './generate.ts'
import { addLogsCommand } from './logs.ts'
import { addOrderCommands } from './orders.ts'

const Addresses = z.object({
  GATEWAY_URL: zUrl.default('http://127.0.0.1:3000'),
  TEMPORAL_UI_URL: zUrl.default('http://127.0.0.1:8233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
})

function createContext(): Context {
  const env = withStackAddresses(process.env, projectFolder)
  // commander reads the options that have a variable from here.
  Object.assign(process.env, env)
  const addresses = () => readConfig(Addresses, env)
  return {
    env,
    projectFolder,
    gateway: () => createGateway(addresses().GATEWAY_URL),
    view: () => {
      const { TEMPORAL_UI_URL: temporalUi, TEMPORAL_NAMESPACE: namespace } = addresses()
      return { now: new Date(), temporalUi, namespace }
    },
    print: (text) => void process.stdout.write(`${text}\n`),
    terminal: process.stdout,
    stderr: process.stderr,
    untilInterrupted,
    setExitCode: (code) => {
      process.exitCode = code
    },
  }
}

function untilInterrupted(): AbortSignal {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())
  return stopping.signal
}

function createProgram(context: Context): Command {
  const program = new Command('order-saga')
    .description('order-saga from the command line')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'order-saga: ')) })
    .addHelpText(
      'afterAll',
      `${exitCodesHelp}
Addresses come from the environment (GATEWAY_URL, KAFKA_BROKERS, TEMPORAL_ADDRESS, TEMPORAL_UI_URL,
AUDIT_<SERVICE>_DATABASE_URL), else from the running "npm start", else they are its defaults.`,
    )
  addOrderCommands(program, context)
  addGenerateCommand(program, context)
  addAuditCommand(program, context)
  addLogsCommand(program, context)
  addDeadLetterCommands(program, context)
  return program
}

// Whoever reads us may have seen enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await createProgram(createContext()).parseAsync()
} catch (error) {
  process.exitCode = tellFailure(error, process.argv.includes('--json'), {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  })
}
