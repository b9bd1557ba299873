import type { z } from 'zod'
import { isoAt, orNull } from '#api/http/from-protobuf.ts'
import type { DeadLetterView } from '#contracts/rest/dead-letters.ts'
import { type OpenedDeadLetter } from '#contracts/rest/dead-letters.ts'
import type { DeadLetter } from '#generated/proto/deadletter/v1/deadletter_pb.ts'

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

export const exampleOpened: OpenedDeadLetter = {
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

export function openedOf(letter: DeadLetter | undefined): OpenedDeadLetter {
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
