import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'

export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type Level = (typeof levels)[number]

export type Entry = {
  /** The log's name without its ending: the process or the server that wrote it. */
  file: string
  line: string
  /** The line as JSON; undefined for those of servers, who write text. */
  fields: Record<string, unknown> | undefined
  /** ISO; text has that of the entry before it. */
  time: string
}

export type Matches = (entry: Entry) => boolean

type Wanted = { order?: string | undefined; level?: Level | undefined; process?: string | undefined }

/** Text is shown only for a process that is asked for by name. */
export function matcher({ order, level, process }: Wanted): Matches {
  const from = level ? levels.indexOf(level) : 0
  return ({ file, fields }) => {
    if (!fields) return process === file && order === undefined && level === undefined
    return (
      (order === undefined || fields.orderId === order) &&
      (process === undefined || fields.process === process || file === process) &&
      levels.indexOf(fields.level as Level) >= from
    )
  }
}

type Position = { offset: number; rest: string; time: string }

const logsIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder))
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => join(folder, name))

/**
 * The logs of a folder, and at first those that were put aside in its `old`, the highest number before the others. Read on
 * from where the last call ended; a log that was begun anew is read anew.
 */
export function openLogs(folder: string) {
  const positions = new Map<string, Position>()
  return {
    /** What is new and matches, by time; of more than `most` only the newest, unless `most` is 0. */
    async next(matches: Matches, most: number): Promise<Entry[]> {
      const old = positions.size === 0 ? await logsIn(join(folder, 'old')).catch(() => []) : []
      const entries: Entry[] = []
      for (const path of [...old.toReversed(), ...(await logsIn(folder))]) {
        const found = await readOn(path, matches, most)
        for (const entry of found) entries.push(entry)
      }
      return newest(entries.sort(byTime), most)
    },
  }

  async function readOn(path: string, matches: Matches, most: number): Promise<Entry[]> {
    const { size } = await stat(path)
    const before = positions.get(path)
    const position = before && before.offset <= size ? before : { offset: 0, rest: '', time: '' }
    positions.set(path, position)
    let found: Entry[] = []
    for await (const entry of newEntries(path, position, size)) {
      if (matches(entry)) found.push(entry)
      if (most > 0 && found.length > 2 * most) found = newest(found, most)
    }
    return found
  }
}

async function* newEntries(path: string, position: Position, end: number): AsyncGenerator<Entry> {
  if (position.offset >= end) return
  const file = basename(path, '.log').replace(/\.\d+$/, '')
  const stream = createReadStream(path, { start: position.offset, end: end - 1, encoding: 'utf8' })
  for await (const chunk of stream) {
    const lines = `${position.rest}${chunk}`.split('\n')
    position.rest = lines.pop() ?? ''
    for (const line of lines.filter((one) => one !== '')) {
      const entry = entryOf(file, line, position.time)
      position.time = entry.time
      yield entry
    }
  }
  position.offset = end
}

function entryOf(file: string, line: string, timeBefore: string): Entry {
  const fields = fieldsOf(line)
  const time = typeof fields?.time === 'string' ? fields.time : timeBefore
  return { file, line, fields, time }
}

function fieldsOf(line: string): Entry['fields'] {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}

const newest = (entries: Entry[], most: number) => (most === 0 ? entries : entries.slice(-most))

const byTime = (a: Entry, b: Entry) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)
