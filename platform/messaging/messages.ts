import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import { reasonOf } from '../process/logger.ts'
import { continuedTrace } from '../process/trace.ts'
import { isText, textProblem } from '../values/texts.ts'

export const MESSAGE_ID = 'message-id'
export const TYPE = 'type'
export const TRACEPARENT = 'traceparent'

/** Thrown by a handler when a message can never be understood: it goes to the dead-letter topic. */
export class UnreadableMessage extends Error {
  override name = 'UnreadableMessage'
}

/** Thrown by a handler for a message that is understood and can never have its effect: it is put aside, too. */
export class RefusedMessage extends Error {
  override name = 'RefusedMessage'
}

export type MessageHeaders = { id: string; type: string; traceparent: string }

export function encode<Desc extends DescMessage>(schema: Desc, message: MessageInitShape<Desc>): Uint8Array {
  return toBinary(schema, create(schema, message))
}

/** Throws UnreadableMessage when the bytes are not such a message. */
export function decode<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(schema, bytes)
  } catch (error) {
    throw new UnreadableMessage(`no ${schema.typeName}: ${reasonOf(error)}`, { cause: error })
  }
}

export function messageHeaders({ id, type, traceparent }: MessageHeaders): Record<string, string> {
  return { [MESSAGE_ID]: id, [TYPE]: type, [TRACEPARENT]: traceparent }
}

// It becomes the id of an update in Temporal, which counts bytes.
const idLimits = { max: 200, maxBytes: 200 }

/** Undefined when there is none that can be used. */
export function messageIdOf(headers: Record<string, string>): string | undefined {
  const id = headers[MESSAGE_ID]
  return id && isText(id, idLimits) ? id : undefined
}

/** Throws UnreadableMessage without a usable message id. A message without a usable trace starts one; a missing type is ''. */
export function readHeaders({ headers }: { headers: Record<string, string> }): MessageHeaders {
  if (!headers[MESSAGE_ID]) throw new UnreadableMessage(`header ${MESSAGE_ID} is missing`)
  const id = messageIdOf(headers)
  if (!id) {
    throw new UnreadableMessage(`header ${MESSAGE_ID} ${textProblem(headers[MESSAGE_ID], idLimits)}`)
  }
  return {
    id,
    type: headers[TYPE] ?? '',
    traceparent: continuedTrace(headers[TRACEPARENT]),
  }
}
