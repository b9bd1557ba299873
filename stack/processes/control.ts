import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import type { StopRefusal } from '#contracts/clients.ts'

const Stop = z.strictObject({ service: z.string(), seconds: z.int().min(1).max(120) })

type StopFor = (service: string, ms: number) => StopRefusal | undefined

/** In bytes. */
const LARGEST = 1_000

/**
 * Takes `POST /stop` from the gateway of the demonstration: on this machine's loopback alone, with a token that nobody else is given
 * and that is another one at each start.
 */
export async function serveControl(stopFor: StopFor) {
  const token = randomBytes(32).toString('hex')
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (status: number, body: object = {}) => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    }
    if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`)) return say(401)
    if (request.method !== 'POST' || request.url !== '/stop') return say(404)
    const asked = Stop.safeParse(await bodyOf(request))
    if (!asked.success) return say(400)
    const refused = stopFor(asked.data.service, asked.data.seconds * 1_000)
    say(refused ? 409 : 202, { refused })
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    stop: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Takes the same time wherever they differ. */
const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))

/** Undefined when it is no JSON, or too large for anything that is asked here. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > LARGEST) return undefined
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
