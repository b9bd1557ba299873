import { z } from 'zod'
import { At, isoAt, orNull } from '#api/http/schemas.ts'
import { deadLetterIdForm } from '#contracts/dead-letter.ts'
import type { DeadLetter } from '#generated/proto/deadletter/v1/deadletter_pb.ts'

export const LetterId = z
  .string()
  .regex(deadLetterIdForm, 'must be topic/partition/offset, as the list shows it')
  .meta({ example: 'pre_orders/0/42' })

const Redriven = z
  .object({ at: At, by: z.string().meta({ example: 'staff:ann' }) })
  .meta({ id: 'Redriven', description: 'When it was sent to its topic again, and who did it' })

export const DeadLetterView = z
  .object({
    id: LetterId,
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

export const OpenedLetter = DeadLetterView.extend({
  headers: z.record(z.string(), z.string()),
  value: z.string().meta({ description: 'As it is, in base64' }),
  content: z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({ description: 'As protobuf JSON; null when it cannot be decoded' }),
  undecodable: z.string().nullable().meta({ description: 'Why it cannot be decoded' }),
}).meta({ id: 'OpenedDeadLetter' })

export const exampleLetter: z.output<typeof DeadLetterView> = {
  id: 'pre_orders/0/42',
  topic: 'pre_orders',
  key: 'partner/536365',
  type: 'PreOrder',
  messageId: '019a8f3c-6b11-7d04-8c22-5e6f70819203',
  reason: 'the message is no PreOrder: premature EOF',
  groups: ['order'],
  at: '2010-12-01T08:26:00.000Z',
  redriven: null,
}

export const exampleOpened: z.output<typeof OpenedLetter> = {
  ...exampleLetter,
  headers: { type: 'PreOrder' },
  value: 'CgNmYXg=',
  content: null,
  undecodable: 'premature EOF',
}

export function letterOf(letter: DeadLetter | undefined): z.output<typeof DeadLetterView> {
  if (!letter) throw new Error('the order service answered without a dead letter')
  const { id, topic, key, type, messageId, reason, groups, at, redrivenAt, redrivenBy } = letter
  return {
    id,
    topic,
    key,
    type: orNull(type),
    messageId: orNull(messageId),
    reason,
    groups,
    at: isoAt(at),
    redriven: redrivenAt ? { at: isoAt(redrivenAt), by: redrivenBy } : null,
  }
}

export function openedOf(letter: DeadLetter | undefined): z.output<typeof OpenedLetter> {
  const summary = letterOf(letter)
  const { headers = {}, value = new Uint8Array(), json = '', undecodable = '' } = letter ?? {}
  return {
    ...summary,
    headers,
    value: Buffer.from(value).toString('base64'),
    content: json === '' ? null : (JSON.parse(json) as Record<string, unknown>),
    undecodable: orNull(undecodable),
  }
}
