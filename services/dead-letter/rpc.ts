import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { DeadLetterService } from '#generated/proto/deadletter/v1/deadletter_pb.ts'
import { pagesOf } from '#platform/grpc/pages.ts'
import { refusal, refuseIfAny } from '#platform/grpc/refusals.ts'
import { messageIdOf, TYPE } from '#platform/messaging/messages.ts'
import { reasonOf } from '#platform/process/logger.ts'
import type { Codec } from './codec.ts'
import { readPosition, writePosition } from './cursor.ts'
import type { DeadLetterReader, OpenedDeadLetter } from './reader.ts'
import type { ListPosition } from './topic-index.ts'

const pages = pagesOf<ListPosition>({
  name: 'dead-letters',
  usual: 50,
  largest: 200,
  write: writePosition,
  read: readPosition,
})

type Dependencies = { deadLetters: DeadLetterReader; codec: Codec }

/** What the gateway asks about dead letters. */
export const deadLetterRoutes =
  ({ deadLetters, codec }: Dependencies) =>
  (router: ConnectRouter) =>
    router.service(DeadLetterService, {
      listDeadLetters: async (request) => {
        const { topic, withRedriven } = request
        const asked = pages(request, [topic, withRedriven])
        refuseIfAny([...topicProblems(topic, deadLetters.topics), ...asked.problems])
        const { after, limit } = asked
        const query = { ...(topic !== '' && { topic }), withRedriven, after, limit }
        const { page, nextCursor } = asked.of(await deadLetters.list(query).catch(kafkaUnavailable))
        return { deadLetters: page.map(summaryOf), nextCursor }
      },
      getDeadLetter: async ({ id }) => {
        const letter = await deadLetters.find(id).catch(kafkaUnavailable)
        if (!letter) throw refusal(Code.NotFound, `id: there is no dead letter ${id}`)
        const { headers, value } = letter
        return { deadLetter: { ...summaryOf(letter), headers, value, ...codec.decode(letter) } }
      },
    })

function kafkaUnavailable(error: unknown): never {
  throw new ConnectError(`Kafka cannot be read: ${reasonOf(error)}`, Code.Unavailable)
}

const topicProblems = (topic: string, known: readonly string[]): string[] =>
  topic === '' || known.includes(topic) ? [] : [`topic: must be one of ${known.join(', ')}`]

const summaryOf = ({ id, topic, key, headers, reason, groups, at, redriven }: OpenedDeadLetter) => ({
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
