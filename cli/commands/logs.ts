import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { prettyFactory } from 'pino-pretty'
import type { Context } from '../session/context.ts'
import { Failure } from '../text/failure.ts'
import { type Entry, levels, matcher, openLogs } from '../text/log-lines.ts'
import { clean, visible } from '../text/text.ts'

type Flags = {
  order?: string
  level?: (typeof levels)[number]
  process?: string
  lines: number
  follow?: boolean
  json?: boolean
}

const LOOK_EVERY = 300

export function addLogsCommand(program: Command, context: Context): void {
  program
    .command('logs')
    .description('what the processes of the running stack have logged, by time')
    .option('--order <id>', 'only about this order')
    .addOption(new Option('--level <name>', 'from this level on').choices(levels))
    .option('--process <name>', 'only of this process; also of a server, such as kafka or postgres')
    .addOption(new Option('--lines <n>', 'the newest so many, 0 for all').argParser(whole).default(500))
    .option('--follow', 'go on with what comes (until Ctrl-C)')
    .option('--json', 'the lines as they are, one JSON object each')
    .action(async (flags: Flags) => {
      const folder = join(context.stackFolder, 'logs')
      if (!existsSync(folder)) {
        throw new Failure('unreachable', `there are no logs in ${folder}; "npm start" writes them`)
      }
      await showLogs(folder, flags, context)
    })
}

async function showLogs(folder: string, flags: Flags, context: Context): Promise<void> {
  const { order, level, process, lines, follow, json } = flags
  if (process !== undefined && !existsSync(join(folder, `${process}.log`))) {
    const files = readdirSync(folder).filter((name) => name.endsWith('.log'))
    const names = files.map((name) => basename(name, '.log'))
    throw new Failure('usage', `there is no log of ${process}; there are: ${names.sort().join(', ')}`)
  }
  const logs = openLogs(folder)
  const matches = matcher({ order, level, process })
  const show = json ? ({ line }: Entry) => visible(line) : prettyPrinter(context.terminal.isTTY)
  const print = (entries: Entry[]) => {
    for (const entry of entries) context.print(show(entry))
  }
  print(await logs.next(matches, lines))
  if (!follow) return
  const signal = context.untilInterrupted()
  while (!signal.aborted) {
    await sleep(LOOK_EVERY, undefined, { signal }).catch(() => {})
    print(await logs.next(matches, 0))
  }
}

function prettyPrinter(colorize: boolean): (entry: Entry) => string {
  const pretty = prettyFactory({
    colorize,
    singleLine: true,
    translateTime: 'HH:MM:ss.l',
    ignore: 'process',
    messageFormat: '{process}: {msg}',
  })
  return ({ line, fields, file }) => (fields ? pretty(clean(fields)).trimEnd() : `${file}: ${visible(line)}`)
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Wanted: a whole number.')
  return Number(text)
}
