import { createReadStream } from 'node:fs'
import { LogRefused } from './refused.ts'

export type Encoding =
  | 'UTF-8'
  | 'UTF-16LE'
  | 'UTF-16BE'
  | 'Windows-1252'
  /** Broken here and there: what cannot be read shows as U+FFFD. */
  | 'damaged UTF-8'

const CHUNK = 256 * 1_024

/** How the file's bytes are to be read; the whole of it is looked at, for one byte far down may decide. */
export async function detectEncoding(file: string): Promise<Encoding> {
  const strict = new TextDecoder('utf-8', { fatal: true })
  const lenient = new TextDecoder('utf-8')
  let isUtf8 = true
  let accents = 0
  let first = true
  for await (const chunk of bytesOf(file)) {
    const marked = first ? markedEncoding(chunk) : undefined
    if (marked) return marked
    first = false
    isUtf8 &&= decodes(strict, chunk)
    accents += lenient.decode(chunk, { stream: true }).match(/[\u0080-\ufffc]/g)?.length ?? 0
  }
  if (first) throw new LogRefused('the file is empty; an order log begins with a line of column names')
  if (isUtf8 && decodes(strict)) return 'UTF-8'
  // Two bytes that are one letter by UTF-8 hardly stand side by side in any other text.
  return accents > 0 ? 'damaged UTF-8' : 'Windows-1252'
}

/** The file's text, as it comes from the disk; without a byte order mark. */
export async function* textOf(file: string, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding === 'damaged UTF-8' ? 'utf-8' : encoding)
  for await (const chunk of bytesOf(file)) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

const bytesOf = (file: string): AsyncIterable<Buffer> => createReadStream(file, { highWaterMark: CHUNK })

/** False when these bytes, or with none the end of all, cannot be UTF-8. */
function decodes(strict: InstanceType<typeof TextDecoder>, chunk?: Buffer): boolean {
  try {
    strict.decode(chunk, { stream: chunk !== undefined })
    return true
  } catch {
    return false
  }
}

const utf32 = 'UTF-32; save it as UTF-8'

const beginnings: readonly [bytes: string, what: string][] = [
  ['504b0304', 'a workbook or another zip archive; save the sheet as CSV'],
  ['d0cf11e0', 'an old workbook; save the sheet as CSV'],
  ['1f8b', 'compressed by gzip; unpack it first'],
  ['fffe0000', utf32],
  ['0000feff', utf32],
  ['28b52ffd', 'compressed by zstd; unpack it first'],
  ['425a68', 'compressed by bzip2; unpack it first'],
  ['fd377a58', 'compressed by xz; unpack it first'],
  ['50415231', 'Parquet; save it as CSV'],
  ['25504446', 'a PDF; ask for the rows as CSV'],
]

/** Two plain letters without a byte order mark before them. */
const plainUtf32 = /^(?:(?:(?!00)..0{6}){2}|(?:0{6}(?!00)..){2})$/

/** How texts begin that are no tables; blanks and a byte order mark may stand before them. */
const textBeginnings: readonly [beginning: RegExp, what: string][] = [
  [/^\s*(\[\s*)?\{/, 'JSON; write it as CSV'],
  [/^\s*<[a-z!?]/i, 'HTML or XML; open it in a spreadsheet and save the sheet as CSV'],
]

function markedEncoding(chunk: Buffer): Encoding | undefined {
  const start = chunk.toString('hex', 0, 8)
  const text = chunk.toString('utf8', 0, 1_024)
  const other =
    beginnings.find(([bytes]) => start.startsWith(bytes)) ??
    textBeginnings.find(([beginning]) => beginning.test(text))
  if (plainUtf32.test(start)) throw new LogRefused(`the file is ${utf32}`)
  if (other) throw new LogRefused(`the file is ${other[1]}`)
  if (start.startsWith('fffe')) return 'UTF-16LE'
  if (start.startsWith('feff')) return 'UTF-16BE'
  return unmarkedUtf16(chunk.subarray(0, 1_024))
}

/** Every other byte of plain letters is zero. */
function unmarkedUtf16(start: Buffer): Encoding | undefined {
  const zeros = [0, 0]
  start.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1
  })
  const [even = 0, odd = 0] = zeros
  const many = start.length / 4
  if (odd > many && even < many / 2) return 'UTF-16LE'
  return even > many && odd < many / 2 ? 'UTF-16BE' : undefined
}
