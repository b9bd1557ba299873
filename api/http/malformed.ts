import { maxHeaderSize, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { newTraceparent, traceIdOf } from '#platform/process/trace.ts'
import { problemBody, problemKinds, type Refusal, refuse } from './problems.ts'

type ParserError = Error & { code?: string }

/** Answers what Node's parser gave up on before it was a request, and ends the connection. */
export function refuseMalformed(error: ParserError, socket: Socket): void {
  // As Node itself does: an answer that has begun is not written into.
  const { _httpMessage: inHand } = socket as Socket & { _httpMessage?: ServerResponse }
  if (!socket.writable || error.code === 'ECONNRESET' || inHand?.headersSent) {
    socket.destroy()
    return
  }
  socket.end(asHttp(refusalOf(error)))
}

function refusalOf({ code }: ParserError): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW')
    return refuse(
      'headers-too-large',
      `Address and headers may have at most ${maxHeaderSize / 1024} kB together.`,
    )
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return refuse('too-slow-request', 'Send the request again, at once.')
  return refuse('unreadable-request', 'This is not HTTP/1.1.')
}

function asHttp(refusal: Refusal): string {
  const traceId = traceIdOf(newTraceparent()) ?? ''
  const body = JSON.stringify(problemBody(refusal, traceId))
  const { status, title } = problemKinds[refusal.problem]
  return [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Trace-Id: ${traceId}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}
