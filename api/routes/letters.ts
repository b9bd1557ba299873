import { Code, ConnectError } from '@connectrpc/connect'
import { mostLettersPerRedrive } from '#contracts/dead-letter.ts'
import type { Clients } from '../clients.ts'
import { type Refusal, refuse } from '../problems.ts'

type DeadLetters = Clients['deadLetters']
type Call = { headers: { traceparent: string } }

const atOnce = 20

/** The same ids, when there is a letter of each; otherwise those of which there is none, by their fields. */
export async function knownLetters(
  deadLetters: DeadLetters,
  ids: readonly string[],
  call: Call,
): Promise<string[] | Refusal> {
  const errors = []
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce)
    const known = await Promise.all(some.map((id) => isKnown(deadLetters, id, call)))
    for (const [i, is] of known.entries()) {
      if (!is) errors.push({ path: `ids[${from + i}]`, message: 'there is no such dead letter' })
    }
  }
  const [first] = errors
  return first ? refuse('invalid-body', `${first.path}: ${first.message}`, { errors }) : [...new Set(ids)]
}

async function isKnown(deadLetters: DeadLetters, id: string, call: Call): Promise<boolean> {
  try {
    await deadLetters.getDeadLetter({ id }, call)
    return true
  } catch (error) {
    if (error instanceof ConnectError && error.code === Code.NotFound) return false
    throw error
  }
}

/** Those of a topic that were not redriven, the oldest first: as they came. Of very many the newest. */
export async function openLetters(deadLetters: DeadLetters, topic: string, call: Call): Promise<string[]> {
  const ids: string[] = []
  let cursor = ''
  do {
    const page = await deadLetters.listDeadLetters({ topic, pageSize: 200, cursor }, call)
    ids.push(...page.deadLetters.map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor !== '' && ids.length < mostLettersPerRedrive)
  return ids.slice(0, mostLettersPerRedrive).toReversed()
}
