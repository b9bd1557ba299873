import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { serveRpc } from '#platform/grpc/rpc.ts'
import { cleanUpAfterEach } from '#platform/testing/clean-up.ts'
import { about } from '#platform/testing/expect.ts'
import { silent } from '#platform/testing/fixtures.ts'

const cleanUp = cleanUpAfterEach()

type Outcome = { code: number; said: string }

async function check(address: string): Promise<Outcome> {
  const child = spawn(process.execPath, ['stack/compose/healthy.mjs', address])
  const said = child.stderr.setEncoding('utf8').toArray()
  const [code] = (await once(child, 'exit')) as [number]
  return { code, said: (await said).join('') }
}

async function listening(server: ReturnType<typeof createTcpServer>): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  cleanUp(() => server.close())
  return (server.address() as AddressInfo).port
}

const answering = (status: number) =>
  listening(createServer((_, response) => response.writeHead(status).end('the database is down')))

async function grpc(probe: () => Promise<unknown>): Promise<number> {
  const probes = () => [{ name: 'database', required: true, probe }]
  const server = await serveRpc({ port: 0, routes: (router) => router, probes, logger: silent })
  cleanUp(() => server.stop())
  return server.port
}

async function hanging(): Promise<number> {
  const sockets = new Set<{ destroy(): void }>()
  cleanUp(() => sockets.forEach((socket) => socket.destroy()))
  return listening(createTcpServer((socket) => sockets.add(socket)))
}

async function closed(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

describe('the health check of a container', () => {
  it('passes when the address answers 200', async () => {
    expect(await check(`http://127.0.0.1:${await answering(200)}/ready`)).toStrictEqual({
      code: 0,
      said: '',
    })
  })

  it('fails when the address answers 503, and says with what', async () => {
    const { code, said } = await check(`http://127.0.0.1:${await answering(503)}/ready`)
    expect(code).toBe(1)
    expect(said).toMatch(/^http:\S+: 503 the database is down\n$/)
  })

  it('passes when a gRPC server is ready', async () => {
    const port = await grpc(async () => {})
    expect(await check(`h2c://127.0.0.1:${port}/ready`)).toStrictEqual({ code: 0, said: '' })
  })

  it('fails when a gRPC server is not ready, and says what is down', async () => {
    const port = await grpc(() => Promise.reject(new Error('away')))
    const { code, said } = await check(`h2c://127.0.0.1:${port}/ready`)
    expect(code).toBe(1)
    expect(said).toMatch(/503 .*"name":"database","state":"down"/)
  })

  for (const scheme of ['http', 'h2c']) {
    it(`fails by ${scheme} when the port is closed`, async () => {
      const { code, said } = await check(`${scheme}://127.0.0.1:${await closed()}/ready`)
      expect(code).toBe(1)
      expect(said).toMatch(/ECONNREFUSED/)
    })

    it(`fails by ${scheme} when a server takes the connection and says nothing`, async () => {
      const { code, said } = await check(`${scheme}://127.0.0.1:${await hanging()}/ready`)
      expect(code).toBe(1)
      expect(said).toMatch(/no answer within 2000 ms/)
    })
  }

  it('fails when the address is none', async () => {
    for (const address of ['', '3000', 'h2c:'])
      await about(`"${address}"`, async () => expect((await check(address)).code).toBe(1))
  })
})
