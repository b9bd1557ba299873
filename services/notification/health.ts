import type { IncomingMessage, ServerResponse } from 'node:http'

type Probe = { name: string; isUp: () => boolean }

/** Answers `GET /health`, and `GET /ready` with what is missing. */
export const answerHealth =
  (probes: readonly Probe[]) =>
  ({ method, url }: IncomingMessage, response: ServerResponse): void => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    if (method === 'GET' && url === '/health') return void answer(200, { status: 'alive' })
    if (method !== 'GET' || url !== '/ready') return void answer(404, { title: 'Not found', status: 404 })
    const dependencies = probes.map(({ name, isUp }) => ({
      name,
      state: isUp() ? 'up' : 'down',
      required: true,
    }))
    const ready = dependencies.every(({ state }) => state === 'up')
    answer(ready ? 200 : 503, { status: ready ? 'ready' : 'not_ready', dependencies })
  }
