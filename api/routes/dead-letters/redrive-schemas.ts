import { z } from 'zod'
import { TopicName } from '#api/http/schemas.ts'
import { LetterId } from './dead-letter-views.ts'

const mostIds = 1_000

export const Replacement = z
  .strictObject({
    type: z.string().regex(/^\w{1,100}$/, 'must be the name of a message such as PreOrder'),
    content: z.record(z.string(), z.unknown()).meta({ description: 'As protobuf JSON' }),
  })
  .meta({ id: 'Replacement', description: 'What is sent in place of the letter; only with a single id' })

export const RedriveBody = z
  .strictObject({
    ids: z.array(LetterId).min(1).max(mostIds).optional(),
    topic: TopicName.optional().meta({
      description: 'All letters of it that were not redriven yet, the newest 10,000 at once',
    }),
    replacement: Replacement.optional(),
    dryRun: z.boolean().default(false).meta({ description: 'true: only say what would be redriven' }),
  })
  .refine(({ ids, topic }) => (ids === undefined) !== (topic === undefined), {
    error: 'is missing; give either ids or a topic',
    path: ['ids'],
  })
  .refine(({ ids, replacement }) => !replacement || ids?.length === 1, {
    error: 'must come with a single id',
    path: ['replacement'],
  })
  .meta({ id: 'RedriveDeadLetters' })

export const Letters = z.int().meta({ description: 'How many', example: 1 })

const LetterOutcome = z
  .object({
    letterId: LetterId,
    kind: z
      .enum(['redriven', 'already_redriven', 'gone', 'invalid_replacement'])
      .meta({ description: 'gone: Kafka has dropped it' }),
    problem: z.string().nullable().meta({ description: 'What is wrong with the replacement' }),
  })
  .meta({ id: 'LetterOutcome' })

export const RedriveView = z
  .object({
    redriveId: z.string(),
    running: z.boolean(),
    total: Letters,
    done: z.array(LetterOutcome),
  })
  .meta({ id: 'Redrive' })
