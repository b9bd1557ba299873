import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { serveRpc } from '#platform/grpc/rpc.ts'
import { silent } from '#platform/testing/fixtures.ts'

type Outcome = { code: number; said: string }

async function check(address: string): Promise<Outcome> {
  const child = spawn(process.execPath, ['stack/compose/healthy.mjs', address])
  const said = child.stderr.setEncoding('utf8').toArray()
  const [code] = (await once(child, 'exit')) as [number]
  return { code, said: (await said).join('') }
}

async function listening(t: TestContext, server: ReturnType<typeof createTcpServer>): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

const answering = (t: TestContext, status: number) =>
  listening(
    t,
    createServer((_, response) => response.writeHead(status).end('the database is down')),
  )

async function grpc(t: TestContext, probe: () => Promise<unknown>): Promise<number> {
  const probes = () => [{ name: 'database', required: true, probe }]
  const server = await serveRpc({ port: 0, routes: (router) => router, probes, logger: silent })
  t.after(() => server.stop())
  return server.port
}

async function hanging(t: TestContext): Promise<number> {
  const sockets = new Set<{ destroy(): void }>()
  t.after(() => sockets.forEach((socket) => socket.destroy()))
  return listening(
    t,
    createTcpServer((socket) => sockets.add(socket)),
  )
}

async function closed(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

describe('the health check of a container', { timeout: 60_000 }, () => {
  it('passes when the address answers 200', async (t) => {
    assert.deepEqual(await check(`http://127.0.0.1:${await answering(t, 200)}/ready`), { code: 0, said: '' })
  })

  it('fails when the address answers 503, and says with what', async (t) => {
    const { code, said } = await check(`http://127.0.0.1:${await answering(t, 503)}/ready`)
    assert.equal(code, 1)
    assert.match(said, /^http:\S+: 503 the database is down\n$/)
  })

  it('passes when a gRPC server is ready', async (t) => {
    const port = await grpc(t, async () => {})
    assert.deepEqual(await check(`h2c://127.0.0.1:${port}/ready`), { code: 0, said: '' })
  })

  it('fails when a gRPC server is not ready, and says what is down', async (t) => {
    const port = await grpc(t, () => Promise.reject(new Error('away')))
    const { code, said } = await check(`h2c://127.0.0.1:${port}/ready`)
    assert.equal(code, 1)
    assert.match(said, /503 .*"name":"database","state":"down"/)
  })

  for (const scheme of ['http', 'h2c']) {
    it(`fails by ${scheme} when the port is closed`, async () => {
      const { code, said } = await check(`${scheme}://127.0.0.1:${await closed()}/ready`)
      assert.equal(code, 1)
      assert.match(said, /ECONNREFUSED/)
    })

    it(`fails by ${scheme} when a server takes the connection and says nothing`, async (t) => {
      const { code, said } = await check(`${scheme}://127.0.0.1:${await hanging(t)}/ready`)
      assert.equal(code, 1)
      assert.match(said, /no answer within 2000 ms/)
    })
  }

  it('fails when the address is none', async () => {
    for (const address of ['', '3000', 'h2c:']) assert.equal((await check(address)).code, 1, `"${address}"`)
  })
})
