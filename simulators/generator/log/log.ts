import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { DayOrder } from './dates.ts'
import type { OrderLog } from './reading.ts'
import { readInvoices } from './reading.ts'
import { LogRefused } from './refused.ts'

export type { Cancellation, Invoice, LogLine } from './invoices.ts'
export type { OrderLog } from './reading.ts'

/** `days`: how dates such as 1/12/2010 are meant, where the file does not say it. */
export type LogOptions = { days?: DayOrder | undefined; now?: () => number }

/**
 * Reads an order log as other tools write it. Each of its rows is in exactly one count; throws LogRefused, with the line
 * and what would be right, when the file as a whole cannot be understood.
 */
export async function readOrderLog(file: string, options: LogOptions = {}): Promise<OrderLog> {
  try {
    return await withRegularFile(file, (path) => readInvoices(path, options))
  } catch (error) {
    const why = error instanceof LogRefused ? error.message : unreadable(error)
    throw why === undefined ? error : new LogRefused(`${file}: ${why}`)
  }
}

/** What the operating system says of a file that it does not read, without its name; undefined for any other error. */
function unreadable(error: unknown): string | undefined {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return undefined
  return error.code === 'ENOENT' || error.code === 'ENOTDIR'
    ? 'there is no such file'
    : error.message.replace(/, \w+( '.*')?$/s, '')
}

/** The file is read more than once; what comes through a pipe is kept meanwhile. */
async function withRegularFile<T>(file: string, read: (path: string) => Promise<T>): Promise<T> {
  const found = await stat(file)
  if (found.isDirectory()) throw new LogRefused('this is a folder')
  if (found.isFile()) return read(file)
  const folder = await mkdtemp(join(tmpdir(), 'order-saga-log-'))
  try {
    const copy = join(folder, 'log.csv')
    await pipeline(createReadStream(file), createWriteStream(copy, { mode: 0o600 }))
    return await read(copy)
  } finally {
    await rm(folder, { recursive: true })
  }
}
