// A server that answers by HTTP as it is told to: the gateway itself is out of a simulator's reach.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Call = {
  /** Such as "GET /v1/orders". */
  request: string
  key: string | undefined
  /** Without "Bearer ". */
  token: string | undefined
  body: string
}
export type Reply = { status: number; text?: string; headers?: Record<string, string> }

/** `answer` is given each call, and how many there were; `use` sees all of them. */
export async function withServer(
  answer: (call: Call, nth: number) => Reply,
  use: (url: string, calls: Call[]) => Promise<void>,
): Promise<void> {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const call = {
      request: `${request.method} ${request.url}`,
      key: request.headers['idempotency-key']?.toString(),
      token: request.headers.authorization?.replace('Bearer ', ''),
      body: (await request.toArray()).join(''),
    }
    calls.push(call)
    const { status, text = '{}', headers } = answer(call, calls.length)
    response.writeHead(status, headers).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await use(`http://127.0.0.1:${port}`, calls).finally(() => {
    server.closeAllConnections()
    server.close()
  })
}

/** Answers sign-ins with tokens t1, t2 and so on that last so many seconds. */
export function tokens(expiresIn = 3_600) {
  let given = 0
  return ({ request }: Call): Reply | undefined =>
    request === 'POST /v1/auth/token'
      ? {
          status: 200,
          text: JSON.stringify({
            accessToken: `t${++given}`,
            tokenType: 'Bearer',
            expiresIn,
            role: 'staff',
            id: 'ann',
          }),
        }
      : undefined
}
