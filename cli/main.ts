import { randomUUID } from 'node:crypto'
import { constants } from 'node:os'
import { Command } from 'commander'
import { z } from 'zod'
import { localHttpUrl } from '#contracts/services.ts'
import { readConfig, zUrl } from '#platform/process/config.ts'
import manifest from '../package.json' with { type: 'json' }
import { addAccountCommands } from './commands/accounts.ts'
import { addAuditCommand } from './commands/audit.ts'
import { addCustomerCommands } from './commands/customers.ts'
import { addDeadLetterCommands } from './commands/dead-letters.ts'
import { addGenerateCommand } from './commands/generate.ts'
import { addLogsCommand } from './commands/logs.ts'
import { addMailsCommand } from './commands/mails.ts'
import { addOrderCommands } from './commands/orders.ts'
import { addProductCommands } from './commands/products.ts'
import { addReturnCommands } from './commands/returns.ts'
import { addSignInCommands } from './commands/sign-in.ts'
import { addUserCommands } from './commands/users.ts'
import { addWebhookCommands } from './commands/webhooks.ts'
import { isStackGateway, stackAddresses, stackFolder } from './session/addresses.ts'
import type { Context } from './session/context.ts'
import { createGateway } from './session/gateway.ts'
import { openKeptTokens } from './session/kept-tokens.ts'
import { signedInBy } from './session/signed-in.ts'
import { exitCodesHelp, tellFailure } from './text/failure.ts'
import { asJson, clean, coloured, oneLine } from './text/text.ts'

const Addresses = z.object({
  GATEWAY_URL: zUrl.default(localHttpUrl('gateway')),
  TEMPORAL_UI_URL: zUrl.default('http://127.0.0.1:8233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
})

function createContext(): Context {
  const own = { ...process.env }
  const stack = stackAddresses(stackFolder)
  const env = { ...stack, ...own }
  // commander reads the options that have a variable from here.
  Object.assign(process.env, env)
  const addresses = () => readConfig(Addresses, env)
  const gatewayUrl = () => addresses().GATEWAY_URL
  const keptTokens = openKeptTokens(env)
  const signedIn = (url: string) => signedInBy({ url, own, stack, kept: keptTokens })
  return {
    env,
    stackFolder,
    gatewayUrl,
    signedIn,
    demoPassword: (url) =>
      own.DEMO_PASSWORD ?? (isStackGateway(url, stack) ? stack.DEMO_PASSWORD : undefined),
    keptTokens,
    gateway: () => createGateway(gatewayUrl(), signedIn(gatewayUrl())),
    view: () => {
      const { TEMPORAL_UI_URL: temporalUi, TEMPORAL_NAMESPACE: namespace } = addresses()
      return { now: new Date(), temporalUi, namespace }
    },
    print,
    tell: (json, answer, words) => print(json ? asJson(answer) : words(clean(answer))),
    key,
    get input() {
      return process.stdin
    },
    terminal: process.stdout,
    stderr: process.stderr,
    untilInterrupted,
    setExitCode: (code) => {
      process.exitCode = interrupted ?? code
    },
  }
}

const print = (text: string): void => void process.stdout.write(`${coloured(text)}\n`)

/** Told before the request is sent, for whoever must ask again. */
function key(given: string | undefined): string {
  if (given !== undefined) return given
  const made = randomUUID()
  process.stderr.write(`order-saga: the same command with --key ${made} happens once\n`)
  return made
}

/** The exit code of a command that was, as shells have it. */
let interrupted: number | undefined

function untilInterrupted(): AbortSignal {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      process.exitCode = interrupted = 128 + constants.signals[signal]
      stopping.abort()
    })
  }
  return stopping.signal
}

function createProgram(context: Context): Command {
  const program = new Command('order-saga')
    .description('order-saga from the command line')
    .version(manifest.version)
    .exitOverride()
    .configureOutput({
      // One line, with what may have been meant.
      outputError: (text, write) => write(`order-saga: ${oneLine(text.replace(/^error: /, '').trim())}\n`),
    })
    .addHelpText(
      'afterAll',
      `${exitCodesHelp}
Addresses come from the environment (GATEWAY_URL, KAFKA_BROKERS, TEMPORAL_ADDRESS, TEMPORAL_UI_URL,
AUDIT_<SERVICE>_DATABASE_URL), else from the running "npm start", else they are its defaults.
Who you are: ORDER_SAGA_TOKEN, else GATEWAY_USER and GATEWAY_PASSWORD, else "order-saga login", else the staff user of
the running "npm start".`,
    )
  addSignInCommands(program, context)
  addOrderCommands(program, context)
  addReturnCommands(program, context)
  addCustomerCommands(program, context)
  addProductCommands(program, context)
  addAccountCommands(program, context)
  addUserCommands(program, context)
  addMailsCommand(program, context)
  addWebhookCommands(program, context)
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
  const exitCode = tellFailure(error, process.argv.includes('--json'), {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  })
  process.exitCode = interrupted ?? exitCode
}
