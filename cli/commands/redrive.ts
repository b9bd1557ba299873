import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { z } from 'zod'
import type {
  DeadLetter,
  DeadLetterPage,
  LetterOutcome,
  OpenedDeadLetter,
  Redrive,
  Replacement,
} from '#contracts/rest/dead-letters.ts'
import { topics } from '#contracts/topics.ts'
import { reasonOf } from '#platform/process/logger.ts'
import { createProgress } from '#platform/process/progress.ts'
import type { Context } from '../session/context.ts'
import type { Gateway } from '../session/gateway.ts'
import { deadLetterPath, deadLettersTable, ofTopic, outcomesTable } from '../text/dead-letters.ts'
import { exitCodes, Failure } from '../text/failure.ts'
import { type Json, type Keyed, keyOption } from './options.ts'
import { looks, type Watch } from './watch-order.ts'

type Flags = Json & Keyed & { topic?: string; all?: boolean; dryRun?: boolean; with?: string; type?: string }
/** What the gateway is asked to redrive. */
type Selection = { ids: string[]; replacement?: Replacement } | { topic: string }

/** How often the gateway is asked, in ms. */
const EVERY = 300

export function addRedrive(deadLetters: Command, context: Context): void {
  const redrive = deadLetters
    .command('redrive')
    .argument('[ids...]', 'the dead letters')
    .description('publish dead letters to their topics again, and wait until it is done')
    .addOption(ofTopic('all open ones of this topic'))
    .option('--all', 'all open ones')
    .option('--dry-run', 'only say which ones')
    .option('--with <file>', 'one letter, with this content instead: JSON, as "show" shows it')
    .option('--type <name>', 'which message that is, when the letter does not say it')
    .addOption(keyOption())
    .option('--json', 'as one JSON document')
  redrive.action(async (ids: string[], flags: Flags) => {
    const complaint = misuse(ids, flags)
    if (complaint) redrive.error(`error: ${complaint}`)
    const gateway = context.gateway()
    const selections = await selectionsOf(ids, flags, gateway)
    if (flags.dryRun) return showSelected(await dryRun(selections, gateway), flags, context)
    const watch = { ...context, json: false, every: EVERY, signal: context.untilInterrupted() }
    const letters: LetterOutcome[] = []
    const key = context.key(flags.key)
    for (const selection of selections) {
      if (watch.signal.aborted) break
      // Another topic is another request.
      const own = 'topic' in selection ? `${key}.${selection.topic}` : key
      letters.push(...(await redriveAll(selection, own, gateway, watch)))
    }
    context.tell(flags.json, { letters }, (done) =>
      done.letters.length === 0 ? 'no dead letters' : outcomesTable(done.letters),
    )
    context.setExitCode(exitCodeOf(letters))
  })
}

function misuse(ids: readonly string[], flags: Flags): string | undefined {
  const ways = [ids.length > 0, flags.topic !== undefined, flags.all].filter(Boolean).length
  if (ways !== 1) return 'say which ones: their ids, --topic or --all'
  if (flags.with !== undefined && ids.length !== 1) return '--with goes with the id of one dead letter'
  if (flags.type !== undefined && flags.with === undefined) return '--type goes with --with'
  return undefined
}

async function selectionsOf(ids: string[], flags: Flags, gateway: Gateway): Promise<Selection[]> {
  const [id = ''] = ids
  if (flags.with !== undefined) return [{ ids, replacement: await replacementFor(id, flags, gateway) }]
  if (ids.length > 0) return [{ ids }]
  const wanted = flags.topic === undefined ? Object.values(topics) : [flags.topic]
  const open: Selection[] = []
  for (const topic of wanted) {
    const { deadLetters } = await gateway.get<DeadLetterPage>('/v1/dead-letters', { topic, limit: '1' })
    if (deadLetters.length > 0) open.push({ topic })
  }
  return open
}

async function replacementFor(id: string, flags: Flags, gateway: Gateway): Promise<Replacement> {
  const content = await readContent(flags.with ?? '')
  const type = flags.type ?? (await gateway.get<OpenedDeadLetter>(deadLetterPath(id))).type
  if (type === null) throw new Failure('usage', 'the letter does not say which message it is: add --type')
  return { type, content }
}

async function readContent(file: string): Promise<Replacement['content']> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    const why = error instanceof z.ZodError ? 'it is no object' : reasonOf(error)
    throw new Failure('usage', `${file} cannot be read as JSON: ${why}`, { cause: error })
  }
}

const path = '/v1/dead-letters/redrive'

async function dryRun(selections: readonly Selection[], gateway: Gateway): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = []
  for (const selection of selections) {
    const { deadLetters } = await gateway.post<DeadLetterPage>(path, { ...selection, dryRun: true })
    letters.push(...deadLetters)
  }
  return letters
}

function showSelected(deadLetters: DeadLetter[], { json }: Json, context: Context): void {
  context.tell(json, { deadLetters }, (selected) => {
    const table = deadLettersTable({ ...selected, nextCursor: null })
    return deadLetters.length > 0 ? `${table}\nthese would be redriven; nothing was done` : table
  })
}

/** Interrupted, it leaves the redrive to go on. */
async function redriveAll(
  selection: Selection,
  key: string,
  gateway: Gateway,
  watch: Watch,
): Promise<LetterOutcome[]> {
  const { redriveId } = await gateway.post<{ redriveId: string }>(path, selection, key)
  const progress = createProgress(watch.stderr)
  const find = () => gateway.get<Redrive>(`/v1/redrives/${redriveId}`)
  let last: LetterOutcome[] = []
  try {
    for await (const { total, done, running } of looks(find, watch)) {
      last = done
      progress.show('redriven', done.length, total)
      if (!running) return done
    }
  } finally {
    progress.end()
  }
  watch.stderr.write(`order-saga: redrive ${redriveId} goes on without us\n`)
  return last
}

function exitCodeOf(letters: readonly LetterOutcome[]): number {
  if (letters.some(({ kind }) => kind === 'invalid_replacement')) return exitCodes.refused
  return letters.some(({ kind }) => kind === 'gone') ? exitCodes.notFound : exitCodes.ok
}
