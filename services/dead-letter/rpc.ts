import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import {
  DeadLetterService,
  type ListDeadLettersRequest,
} from '#generated/proto/deadletter/v1/deadletter_pb.ts'
import { reasonOf } from '#platform/logger.ts'
import { messageIdOf, TYPE } from '#platform/messages.ts'
import { pageOf } from '#platform/pages.ts'
import { refuseIfAny } from '#platform/rpc.ts'
import type { DeadLetterBook, OpenedLetter } from './book.ts'
import type { Codec } from './codec.ts'
import { cursorAfter, readCursor } from './cursor.ts'

const usualPage = 50
const largestPage = 200

type Dependencies = { book: DeadLetterBook; codec: Codec }

/** What the gateway asks about dead letters. */
export const deadLetterRoutes =
  ({ book, codec }: Dependencies) =>
  (router: ConnectRouter) =>
    router.service(DeadLetterService, {
      listDeadLetters: async (request) => {
        refuseIfAny(listProblems(request, book.topics))
        const { topic, withRedriven, pageSize, cursor } = request
        const limit = pageSize || usualPage
        const after = readCursor(cursor)
        const query = { ...(topic !== '' && { topic }), withRedriven, after, limit: limit + 1 }
        const found = await book.list(query).catch(kafkaIsAway)
        const { page, nextCursor } = pageOf(found, limit, cursorAfter)
        return { deadLetters: page.map(summaryOf), nextCursor }
      },
      getDeadLetter: async ({ id }) => {
        const letter = await book.find(id).catch(kafkaIsAway)
        if (!letter) throw new ConnectError(`id: there is no dead letter ${id}`, Code.NotFound)
        const { headers, value } = letter
        return { deadLetter: { ...summaryOf(letter), headers, value, ...codec.decode(letter) } }
      },
    })

function kafkaIsAway(error: unknown): never {
  throw new ConnectError(`Kafka cannot be read: ${reasonOf(error)}`, Code.Unavailable)
}

function listProblems({ topic, pageSize, cursor }: ListDeadLettersRequest, topics: readonly string[]) {
  return [
    ...(topic === '' || topics.includes(topic) ? [] : [`topic: must be one of ${topics.join(', ')}`]),
    ...(pageSize >= 0 && pageSize <= largestPage ? [] : [`page_size: must be 0 to ${largestPage}`]),
    ...(cursor === '' || readCursor(cursor) ? [] : ['cursor: must be the next_cursor of a page before']),
  ]
}

const summaryOf = ({ id, topic, key, headers, reason, groups, at, redriven }: OpenedLetter) => ({
  id,
  topic,
  key,
  type: headers[TYPE] ?? '',
  messageId: messageIdOf(headers) ?? '',
  reason,
  groups: [...groups],
  at: timestampFromDate(at),
  ...(redriven && { redrivenAt: timestampFromDate(redriven.at), redrivenBy: redriven.by }),
})
