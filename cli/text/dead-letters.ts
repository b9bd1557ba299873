import { styleText } from 'node:util'
import { Option } from 'commander'
import type {
  DeadLetter,
  DeadLetterPage,
  LetterOutcome,
  OpenedDeadLetter,
} from '#contracts/rest/dead-letters.ts'
import { topics } from '#contracts/topics.ts'
import { Failure } from './failure.ts'
import { inUtc, shortened } from './format.ts'
import { table } from './table.ts'

export const ofTopic = (what: string) => new Option('--topic <name>', what).choices(Object.values(topics))

/** Its slashes are part of the path. */
export function deadLetterPath(id: string): string {
  if (!/^[^/]+\/\d+\/\d+$/.test(id))
    throw new Failure('usage', `${id} is no dead letter's id: topic/partition/offset, as the list shows it`)
  return `/v1/dead-letters/${id.split('/').map(encodeURIComponent).join('/')}`
}

/** In characters; both may quote what could not be read, and `show` shows all of it. */
const [KEY_SHOWN, REASON_SHOWN] = [40, 80]

export function deadLettersTable({ deadLetters, nextCursor }: DeadLetterPage): string {
  if (deadLetters.length === 0) return 'no dead letters'
  const head = ['dead letter', 'since', 'type', 'key', 'not read by', 'why', 'redriven']
  const more = nextCursor ? [`next page: --cursor ${nextCursor}`] : []
  return [table(deadLetters.map(row), head), ...more].join('\n')
}

const row = ({ id, at, type, key, groups, reason, redriven }: DeadLetter): string[] => [
  id,
  inUtc(at),
  type ?? '',
  shortened(key, KEY_SHOWN),
  groups.join(', '),
  shortened(reason, REASON_SHOWN),
  redriven ? `${inUtc(redriven.at)} by ${redriven.by}` : '',
]

/** What it is, why it lies there, and what to do about it. */
export function deadLetterInWords(letter: OpenedDeadLetter): string {
  const { id, at, groups, reason, redriven } = letter
  const state = redriven
    ? styleText('green', `redriven ${inUtc(redriven.at)} by ${redriven.by}`)
    : styleText('red', 'open')
  return [
    `dead letter ${id} is ${state}`,
    table([
      ['  since', inUtc(at)],
      ['  not read by', groups.join(', ')],
      ['  why', reason],
      ['  key', letter.key],
    ]),
    '',
    'headers',
    table(Object.entries(letter.headers).map(([name, value]) => [`  ${name}`, value])),
    '',
    ...contentOf(letter),
    ...(redriven ? [] : ['', ...howToRedrive(letter)]),
  ].join('\n')
}

function contentOf({ content, undecodable, value }: OpenedDeadLetter): string[] {
  if (content) return ['content', indented(JSON.stringify(content, null, 2))]
  const bytes = Buffer.from(value, 'base64')
  return [
    `content, ${bytes.byteLength} bytes that cannot be decoded: ${undecodable}`,
    indented(hexDump(bytes)),
  ]
}

function howToRedrive({ id, type }: OpenedDeadLetter): string[] {
  const command = `  order-saga dead-letters redrive ${id}`
  const corrected = `${command} --with file.json${type === null ? ' --type NAME' : ''}`
  return [
    'to redrive it',
    `${command.padEnd(corrected.length)}  as it is, once its readers are mended`,
    `${corrected}  with the content of a file instead${type === null ? '; NAME: which message it is' : ''}`,
  ]
}

const BYTES_SHOWN = 256

function hexDump(bytes: Buffer): string {
  const lines: string[] = []
  for (let i = 0; i < Math.min(bytes.byteLength, BYTES_SHOWN); i += 16) {
    const some = bytes.subarray(i, i + 16)
    const hex = some.toString('hex').replace(/../g, '$& ')
    lines.push(`${hex.padEnd(50)}${some.toString('latin1').replace(/[^\x20-\x7e]/g, '.')}`)
  }
  return [...lines, ...(bytes.byteLength > BYTES_SHOWN ? ['…'] : [])].join('\n')
}

const outcomes: Record<LetterOutcome['kind'], string> = {
  redriven: styleText('green', 'redriven'),
  already_redriven: 'was redriven before',
  gone: styleText('yellow', 'is not there'),
  invalid_replacement: styleText('red', 'not redriven'),
}

export const outcomesTable = (letters: readonly LetterOutcome[]): string =>
  table(
    letters.map(({ letterId, kind, problem }) => [letterId, outcomes[kind], problem ?? '']),
    ['dead letter', 'outcome', ''],
  )

const indented = (text: string) => text.replace(/^/gm, '  ')
