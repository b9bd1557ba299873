// Runs the command as its users do, against a gateway that gives the answers it is told to.
import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const shim = join(import.meta.dirname, 'order-saga.mjs')

export type Run = { exitCode: number | null; stdout: string; stderr: string }

/** Runs from a folder that is not the project's. `interruptAt`: Ctrl-C once this has been printed. */
export function run(args: string[], env: NodeJS.ProcessEnv = {}, interruptAt?: RegExp): Promise<Run> {
  const child = spawn(process.execPath, [shim, ...args], {
    cwd: tmpdir(),
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
      if (interruptAt?.test(printed[name])) child.kill('SIGINT')
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, ...printed }))
  })
}

export type Asked = { method: string | undefined; url: string | undefined; body: unknown }
export type Answer = { status: number; body: object } | { status: number; text: string }
export type FakeGateway = { url: string; asked: Asked[]; stop(): Promise<void> }

/** Answers each request by `answer`, and remembers what was asked. */
export async function startGateway(answer: (asked: Asked) => Answer): Promise<FakeGateway> {
  const asked: Asked[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const one = { method: request.method, url: request.url, body: await bodyOf(request) }
    asked.push(one)
    send(response, answer(one))
  }
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    stop: () => new Promise((stopped) => server.close(() => stopped()).closeAllConnections()),
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text === '' ? undefined : JSON.parse(text)
}

function send(response: ServerResponse, answer: Answer): void {
  const isProblem = answer.status >= 400
  const type = 'text' in answer ? 'text/html' : isProblem ? 'application/problem+json' : 'application/json'
  response.writeHead(answer.status, { 'content-type': type })
  response.end('text' in answer ? answer.text : JSON.stringify(answer.body))
}
