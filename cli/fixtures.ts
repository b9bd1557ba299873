// Runs the command as its users do, against a gateway that gives the answers it is told to.
import { spawn } from 'node:child_process'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { problemBody, problemKinds, type Refusal } from '#api/http/problems.ts'

const shim = join(import.meta.dirname, 'order-saga.mjs')
const nowhere = join(tmpdir(), 'order-saga-no-such-folder')

export type Run = { exitCode: number | null; stdout: string; stderr: string }

type RunOptions = {
  /** Ctrl-C once this has been printed. */
  interruptAt?: RegExp | undefined
  /** On standard input. */
  input?: string
}

/** As somebody who is signed in, whoever runs the tests is; from a folder that is not the project's. */
export function run(
  args: string[],
  env: NodeJS.ProcessEnv = {},
  { interruptAt, input = '' }: RunOptions = {},
): Promise<Run> {
  const signedIn = {
    ORDER_SAGA_TOKEN: 'a-token',
    GATEWAY_USER: '',
    XDG_STATE_HOME: nowhere,
    ORDER_SAGA_STACK: nowhere,
  }
  const child = spawn(process.execPath, [shim, ...args], {
    cwd: tmpdir(),
    env: { ...process.env, NO_COLOR: '1', ...signedIn, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // A command that reads nothing may have ended.
  child.stdin.on('error', () => {}).end(input)
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
export type Answer = { status: number; body?: object } | { status: number; text: string }
export type FakeGateway = {
  url: string
  asked: Asked[]
  /** The headers of what was asked. */
  headers: IncomingHttpHeaders[]
  stop(): Promise<void>
}

/** Answers each request by `answer`, and remembers what was asked. */
export async function startGateway(answer: (asked: Asked) => Answer): Promise<FakeGateway> {
  const asked: Asked[] = []
  const headers: IncomingHttpHeaders[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const one = { method: request.method, url: request.url, body: await bodyOf(request) }
    asked.push(one)
    headers.push(request.headers)
    send(response, answer(one))
  }
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    headers,
    stop: () => new Promise((stopped) => server.close(() => stopped()).closeAllConnections()),
  }
}

export const ok = (body: object): Answer => ({ status: 200, body })
export const refused = (refusal: Refusal): Answer => ({
  status: problemKinds[refusal.problem].status,
  body: problemBody(refusal, 'trace-1'),
})

/** Runs the command while a gateway answers. */
export async function against(
  answer: (asked: Asked) => Answer,
  args: string[],
  { env = {}, ...options }: RunOptions & { env?: NodeJS.ProcessEnv } = {},
): Promise<Run & Pick<FakeGateway, 'asked' | 'headers'>> {
  const { url, asked, headers, stop } = await startGateway(answer)
  try {
    const addresses = { GATEWAY_URL: url, TEMPORAL_UI_URL: 'http://temporal:8233/' }
    return { ...(await run(args, { ...addresses, ...env }, options)), asked, headers }
  } finally {
    await stop()
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
  response.end('text' in answer ? answer.text : answer.body && JSON.stringify(answer.body))
}
