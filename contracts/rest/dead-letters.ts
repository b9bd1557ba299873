import { z } from 'zod'
import { deadLetterIdForm } from '../dead-letter.ts'
import { At, NextCursor, TopicName } from './fields.ts'

const DeadLetterId = z
  .string()
  .regex(deadLetterIdForm, 'must be topic/partition/offset, as the list shows it')
  .meta({ example: 'pre_orders/0/42' })

export const Redriven = z
  .object({ at: At, by: z.string().meta({ example: 'staff:ann' }) })
  .meta({ id: 'Redriven', description: 'When it was sent to its topic again, and who did it' })

export const DeadLetterView = z
  .object({
    id: DeadLetterId,
    topic: z.string(),
    key: z.string(),
    type: z.string().nullable().meta({ description: 'Which message it claims to be' }),
    messageId: z.string().nullable(),
    reason: z.string().meta({ description: 'Why it could not be read' }),
    groups: z.array(z.string()).meta({ description: 'The consumer groups that could not read it' }),
    at: At,
    redriven: Redriven.nullable(),
  })
  .meta({ id: 'DeadLetter' })
export type DeadLetter = z.output<typeof DeadLetterView>

export const OpenedLetter = DeadLetterView.extend({
  headers: z.record(z.string(), z.string()),
  value: z.string().meta({ description: 'As it is, in base64' }),
  content: z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({ description: 'As protobuf JSON; null when it cannot be decoded' }),
  undecodable: z.string().nullable().meta({ description: 'Why it cannot be decoded' }),
}).meta({ id: 'OpenedDeadLetter' })
export type OpenedDeadLetter = z.output<typeof OpenedLetter>

const maxIds = 1_000

export const Replacement = z
  .strictObject({
    type: z.string().regex(/^\w{1,100}$/, 'must be the name of a message such as PreOrder'),
    content: z.record(z.string(), z.unknown()).meta({ description: 'As protobuf JSON' }),
  })
  .meta({ id: 'Replacement', description: 'What is sent in place of the letter; only with a single id' })
export type Replacement = z.output<typeof Replacement>

export const RedriveBody = z
  .strictObject({
    ids: z.array(DeadLetterId).min(1).max(maxIds).optional(),
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

export const DeadLetterCount = z.int().meta({ description: 'How many', example: 1 })

export const LetterOutcome = z
  .object({
    letterId: DeadLetterId,
    kind: z
      .enum(['redriven', 'already_redriven', 'gone', 'invalid_replacement'])
      .meta({ description: 'gone: Kafka has dropped it' }),
    problem: z.string().nullable().meta({ description: 'What is wrong with the replacement' }),
  })
  .meta({ id: 'LetterOutcome' })
export type LetterOutcome = z.output<typeof LetterOutcome>

export const RedriveView = z
  .object({
    redriveId: z.string(),
    running: z.boolean(),
    total: DeadLetterCount,
    done: z.array(LetterOutcome),
  })
  .meta({ id: 'Redrive' })
export type Redrive = z.output<typeof RedriveView>

export const DeadLetterPage = z.object({
  deadLetters: z.array(DeadLetterView),
  nextCursor: NextCursor,
})
export type DeadLetterPage = z.output<typeof DeadLetterPage>
