import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { type Route, route } from '#api/http/route.ts'
import { DeadLetterPage, OpenedLetter } from '#contracts/rest/dead-letters.ts'
import { Cursor, flag, limit, TopicName } from '#contracts/rest/fields.ts'
import { exampleLetter, exampleOpened, letterOf, openedOf } from './dead-letter-views.ts'

/** The messages that nobody could read. */
export function deadLetterRoutes({ deadLetters }: Pick<Clients, 'deadLetters'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/dead-letters',
      name: 'listDeadLetters',
      access: 'staff',
      tag: 'dead letters',
      summary: 'Messages that could not be read, newest first',
      query: z.strictObject({
        topic: TopicName.optional().meta({ description: 'Where the message comes from' }),
        withRedriven: flag('true: also those that were redriven'),
        cursor: Cursor.optional(),
        limit: limit(50, 200),
      }),
      answers: {
        200: {
          description: 'A page of dead letters',
          schema: DeadLetterPage,
          example: { deadLetters: [exampleLetter], nextCursor: null },
        },
      },
      refusals: ['unavailable', 'invalid-body'],
    }).handledBy(async ({ query, call }) => {
      const { topic = '', withRedriven = false, cursor = '', limit: pageSize } = query
      const page = await deadLetters.listDeadLetters({ topic, withRedriven, cursor, pageSize }, call)
      return {
        status: 200,
        body: { deadLetters: page.deadLetters.map(letterOf), nextCursor: page.nextCursor || null },
      }
    }),

    route({
      method: 'get',
      path: '/v1/dead-letters/{topic}/{partition}/{offset}',
      name: 'getDeadLetter',
      access: 'staff',
      tag: 'dead letters',
      summary: 'A dead letter with its content, decoded where that can be',
      params: z.strictObject({
        topic: TopicName,
        partition: z.string().regex(/^\d{1,10}$/, 'must be a whole number, 0 or more'),
        offset: z.string().regex(/^\d{1,19}$/, 'must be a whole number, 0 or more'),
      }),
      answers: {
        200: { description: 'The dead letter', schema: OpenedLetter, example: exampleOpened },
      },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { topic, partition, offset }, call }) => {
      const { deadLetter } = await deadLetters.getDeadLetter({ id: `${topic}/${partition}/${offset}` }, call)
      return { status: 200, body: openedOf(deadLetter) }
    }),
  ]
}
