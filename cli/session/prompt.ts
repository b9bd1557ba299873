import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Failure } from '../text/failure.ts'

type Terminal = {
  input: NodeJS.ReadStream
  /** Where the question is shown: not standard output, which may be a file. */
  stderr: NodeJS.WriteStream
}
type Question = { text: string; hidden: boolean }

/** Asks for a line each: on a terminal with a question, and what is hidden is not shown while it is typed. Throws at Ctrl-C. */
export async function ask(questions: readonly Question[], { input, stderr }: Terminal): Promise<string[]> {
  let muted = false
  const output = new Writable({
    write(chunk: Buffer, _, done) {
      if (!muted) stderr.write(chunk)
      done()
    },
  })
  const lines = createInterface({ input, output, terminal: input.isTTY, historySize: 0 })
  const interrupted = new Promise<never>((_, reject) => {
    lines.once('SIGINT', () => reject(new Failure('refused', 'interrupted')))
    lines.once('close', () => reject(new Failure('usage', 'there is nothing to read on standard input')))
  })
  interrupted.catch(() => {})
  const given = lines[Symbol.asyncIterator]()
  const answers: string[] = []
  try {
    for (const { text, hidden } of questions) {
      if (input.isTTY) stderr.write(text)
      muted = hidden
      answers.push(await Promise.race([nextOf(given), interrupted]))
      if (hidden && input.isTTY) stderr.write('\n')
      muted = false
    }
    return answers
  } finally {
    lines.close()
  }
}

/** Whether they say yes; anything else is a no. */
export async function confirmed(question: string, terminal: Terminal): Promise<boolean> {
  const [answer = ''] = await ask([{ text: `${question} [y/N] `, hidden: false }], terminal)
  return /^y(es)?$/i.test(answer.trim())
}

async function nextOf(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next()
  if (done) throw new Failure('usage', 'there is nothing to read on standard input')
  return value
}
