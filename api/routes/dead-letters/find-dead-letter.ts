import type { Call, Clients } from '#api/clients.ts'
import { type Refusal, refuse } from '#api/http/problems.ts'
import { maxLettersPerRedrive } from '#contracts/dead-letter.ts'
import { type DeadLetter } from '#contracts/rest/dead-letters.ts'
import { undefinedWhenNotFound } from '#platform/grpc/refusals.ts'
import { letterOf } from './dead-letter-views.ts'

type Letter = DeadLetter
type DeadLetters = Clients['deadLetters']

const atOnce = 20

/** Each letter once, in the order of their ids; refused when there is none of an id, by its field. */
export async function deadLettersById(
  deadLetters: DeadLetters,
  ids: readonly string[],
  call: Call,
): Promise<Letter[] | Refusal> {
  const found: (Letter | undefined)[] = []
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce)
    found.push(...(await Promise.all(some.map((id) => letterOrNone(deadLetters, id, call)))))
  }
  const errors = found.flatMap((letter, i) =>
    letter ? [] : [{ path: `ids[${i}]`, message: 'there is no such dead letter' }],
  )
  const [first] = errors
  if (first) return refuse('invalid-body', `${first.path}: ${first.message}`, { errors })
  const letters = found.filter((letter) => letter !== undefined)
  return [...new Map(letters.map((letter) => [letter.id, letter])).values()]
}

async function letterOrNone(deadLetters: DeadLetters, id: string, call: Call): Promise<Letter | undefined> {
  const found = await deadLetters.getDeadLetter({ id }, call).catch(undefinedWhenNotFound)
  return found && letterOf(found.deadLetter)
}

/** Those of a topic that were not redriven, the oldest first: as they came. Of very many the newest. */
export async function openDeadLetters(
  deadLetters: DeadLetters,
  topic: string,
  call: Call,
): Promise<Letter[]> {
  const letters: Letter[] = []
  let cursor = ''
  do {
    const page = await deadLetters.listDeadLetters({ topic, pageSize: 200, cursor }, call)
    letters.push(...page.deadLetters.map(letterOf))
    cursor = page.nextCursor
  } while (cursor !== '' && letters.length < maxLettersPerRedrive)
  return letters.slice(0, maxLettersPerRedrive).toReversed()
}
