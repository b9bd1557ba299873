import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { actorOf } from '#api/http/auth.ts'
import { effectKey } from '#api/http/ids.ts'
import { isRefusal, refuse } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import type { RedrivenLetter } from '#contracts/dead-letter.ts'
import type { Replacement } from '#contracts/rest/dead-letters.ts'
import { DeadLetterCount, DeadLetterView, RedriveBody, RedriveView } from '#contracts/rest/dead-letters.ts'
import { exampleLetter } from './dead-letter-views.ts'
import { deadLettersById, openDeadLetters } from './find-dead-letter.ts'

const exampleId = '019a8f3c-8123-7b45-8c67-d89e0f1a2b3c'

export function redriveRoutes({ deadLetters, redrives }: Pick<Clients, 'deadLetters' | 'redrives'>): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/dead-letters/redrive',
      name: 'redriveDeadLetters',
      access: 'staff',
      tag: 'dead letters',
      summary: 'Send dead letters to their topics again, each once',
      bodyLimit: '1mb',
      body: RedriveBody,
      example: { ids: [exampleLetter.id] },
      answers: {
        200: {
          description: 'With dryRun: what would be redriven',
          schema: z.object({ letters: DeadLetterCount, deadLetters: z.array(DeadLetterView) }),
          example: { letters: 1, deadLetters: [exampleLetter] },
        },
        202: {
          description: 'Durably begun',
          schema: z.object({ redriveId: z.string(), letters: DeadLetterCount }),
          example: { redriveId: exampleId, letters: 1 },
          headers: { Location: 'How far it is' },
        },
      },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ body: { ids, topic = '', replacement, dryRun }, caller, idempotencyKey, call }) => {
      const found = ids
        ? await deadLettersById(deadLetters, ids, call)
        : await openDeadLetters(deadLetters, topic, call)
      if (isRefusal(found)) return found
      if (dryRun) return { status: 200, body: { letters: found.length, deadLetters: found } }
      const by = actorOf(caller)
      const redriveId = effectKey('redrive', by, idempotencyKey)
      // A repeat leaves nothing to redrive.
      if (found.length === 0) return (await begunBefore(redriveId)) ?? nothingOpen(topic)
      const letterIds = found.map(({ id }) => id)
      await redrives.start({ redriveId, letterIds, by, ...(replacement && asSent(replacement)) })
      return begun(redriveId, found.length)
    }),

    route({
      method: 'get',
      path: '/v1/redrives/{redriveId}',
      name: 'getRedrive',
      access: 'staff',
      tag: 'dead letters',
      summary: 'How far a redrive is, and what became of each letter',
      params: z.strictObject({
        redriveId: z.string().regex(/^[0-9a-f-]{36}$/, 'must be the id of a redrive'),
      }),
      answers: {
        200: {
          description: 'The redrive',
          schema: RedriveView,
          example: {
            redriveId: exampleId,
            running: false,
            total: 1,
            done: [{ letterId: exampleLetter.id, kind: 'redriven' as const, problem: null }],
          },
        },
      },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { redriveId } }) => {
      const progress = await redrives.progress(redriveId)
      if (!progress) return refuse('not-found', `There is no redrive ${redriveId}.`)
      const { running, total, done } = progress
      return { status: 200, body: { redriveId, running, total, done: done.map(outcomeOf) } }
    }),
  ]

  async function begunBefore(redriveId: string) {
    const progress = await redrives.progress(redriveId)
    return progress && begun(redriveId, progress.total)
  }
}

const begun = (redriveId: string, letters: number) => ({
  status: 202 as const,
  headers: { Location: `/v1/redrives/${redriveId}` },
  body: { redriveId, letters },
})

const nothingOpen = (topic: string) => refuse('not-found', `${topic} has no dead letter to redrive.`)

const asSent = ({ type, content }: Replacement) => ({
  replacement: { type, json: JSON.stringify(content) },
})

const outcomeOf = (letter: RedrivenLetter) => ({
  letterId: letter.letterId,
  kind: letter.kind,
  problem: letter.kind === 'invalid_replacement' ? letter.problem : null,
})
