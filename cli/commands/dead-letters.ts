import type { Command } from 'commander'
import type { DeadLetterPage, OpenedDeadLetter } from '#contracts/rest/dead-letters.ts'
import type { Context } from '../session/context.ts'
import { deadLetterInWords, deadLetterPath, deadLettersTable, ofTopic } from '../text/dead-letters.ts'
import type { Json } from './options.ts'
import { addRedrive } from './redrive.ts'

export function addDeadLetterCommands(program: Command, context: Context): void {
  const deadLetters = program
    .command('dead-letters')
    .description('messages that could not be read: look at them, and publish them again')
  addList(deadLetters, context)
  addShow(deadLetters, context)
  addRedrive(deadLetters, context)
}

type Filters = { topic?: string; all?: boolean; limit: string; cursor?: string }

function addList(deadLetters: Command, context: Context): void {
  deadLetters
    .command('list')
    .description('open dead letters, newest first')
    .addOption(ofTopic('only those that come from this topic'))
    .option('--all', 'those that were redriven, too')
    .option('--limit <n>', 'so many, 1 to 200', '50')
    .option('--cursor <text>', 'the next page, as the page before named it')
    .option('--json', 'as JSON')
    .action(async ({ topic, all, limit, cursor, json }: Filters & Json) => {
      const query = { topic, withRedriven: all ? 'true' : undefined, limit, cursor }
      const page = await context.gateway().get<DeadLetterPage>('/v1/dead-letters', query)
      context.tell(json, page, deadLettersTable)
    })
}

function addShow(deadLetters: Command, context: Context): void {
  deadLetters
    .command('show')
    .argument('<id>', 'the dead letter: topic/partition/offset, as the list shows it')
    .description('what a dead letter says, why nobody could read it, and how to redrive it')
    .option('--json', 'as one JSON document')
    .action(async (id: string, { json }: Json) => {
      const letter = await context.gateway().get<OpenedDeadLetter>(deadLetterPath(id))
      context.tell(json, letter, deadLetterInWords)
    })
}
