import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket as TcpSocket } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import express from 'express'
import { Server } from 'socket.io'
import { io, type ManagerOptions, type Socket } from 'socket.io-client'
import { updatesPath } from '#contracts/notification.ts'
import { about } from '#platform/testing/expect.ts'
import { silent, until } from '#platform/testing/fixtures.ts'
import { addressBehind, trustProxy } from './headers.ts'
import { createUpdatesProxy } from './proxy.ts'
import { serveHttp } from './server.ts'

/** Stopped in reverse when a test is over. */
let started: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of started.toReversed()) await stop()
  started = []
})

/** A notification service: says its name to whoever comes, and what it hears back in capitals. */
async function startInstance(name: string, port = 0) {
  const http = createHttpServer()
  const instance = new Server(http, { path: updatesPath, transports: ['websocket'] })
  instance.on('connection', (socket) => {
    socket.emit('name', name)
    socket.on('say', (text: string) => socket.emit('said', text.toUpperCase()))
  })
  await once(http.listen(port, '127.0.0.1'), 'listening')
  const clients = () => instance.sockets.sockets.size
  const stop = async () => {
    await instance.close()
  }
  started.push(stop)
  return { url: urlOf(http.address()), clients, stop, http }
}

type Options = Partial<Parameters<typeof createUpdatesProxy>[0]> & { proxies?: string }

async function startGateway(urls: string[], { proxies, ...options }: Options = {}) {
  const app = express()
  trustProxy(app, proxies)
  app.get('/health', (_request, response) => void response.json({ status: 'alive' }))
  const upgrades = createUpdatesProxy({ urls, logger: silent, addressOf: addressBehind(app), ...options })
  const server = await serveHttp({ app, port: 0, upgrades })
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= server.stop())
  started.push(stop)
  return { url: `http://127.0.0.1:${server.port}`, port: server.port, stop }
}

const urlOf = (address: AddressInfo | string | null) => `http://127.0.0.1:${(address as AddressInfo).port}`

function open(url: string, transports = ['websocket'], more: Partial<ManagerOptions> = {}): Socket {
  const socket = io(url, { path: updatesPath, transports, reconnection: false, forceNew: true, ...more })
  started.push(() => socket.disconnect())
  return socket
}

const isIn = (socket: Socket) =>
  new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('connect_error', () => resolve(false))
  })

/** The name of the instance that a new client comes to. */
async function nameAt(url: string): Promise<string> {
  const socket = open(url)
  return new Promise<string>((resolve, reject) => {
    socket.once('name', resolve)
    socket.once('connect_error', reject)
  })
}

const isAlive = async (url: string) => (await fetch(`${url}/health`)).status === 200

describe('live updates through the gateway', () => {
  it('reach an instance, both ways', async () => {
    const instance = await startInstance('one')
    const { url } = await startGateway([instance.url])
    const socket = open(url)
    const said = new Promise((resolve) => socket.once('said', resolve))
    socket.emit('say', 'x'.repeat(100_000))
    expect(await said).toBe('X'.repeat(100_000))
    expect(instance.clients()).toBe(1)
  })

  it('come to the instances by turns', async () => {
    const instances = await Promise.all(['one', 'two', 'three'].map((name) => startInstance(name)))
    const { url } = await startGateway(instances.map((instance) => instance.url))
    const names = []
    for (let n = 0; n < 6; n++) names.push(await nameAt(url))
    expect(names.toSorted()).toStrictEqual(['one', 'one', 'three', 'three', 'two', 'two'])
  })

  it('reach an instance by a name, whichever of its addresses answers', async () => {
    const { url: of } = await startInstance('one')
    const { url } = await startGateway([of.replace('127.0.0.1', 'localhost'), 'http://nowhere.invalid'])
    expect([await nameAt(url), await nameAt(url)]).toStrictEqual(['one', 'one'])
  })

  it('come to the next instance while one is down, and to it again when it is back', async () => {
    const one = await startInstance('one')
    const two = await startInstance('two')
    const { url } = await startGateway([one.url, two.url])
    await one.stop()
    expect(await Promise.all([nameAt(url), nameAt(url), nameAt(url)])).toStrictEqual(['two', 'two', 'two'])
    await startInstance('one', Number(new URL(one.url).port))
    expect([await nameAt(url), await nameAt(url)].toSorted()).toStrictEqual(['one', 'two'])
  })

  it('are refused with 503 when no instance is up', async () => {
    const { url, port } = await startGateway(['http://127.0.0.1:1', 'http://127.0.0.1:1'])
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' }
    const asking = request({ port, host: '127.0.0.1', path: `${updatesPath}/?EIO=4`, headers }).end()
    const [response] = await once(asking, 'response')
    expect(response.statusCode).toBe(503)
    expect(response.headers['retry-after']).toBe('2')
    response.resume()
    await expect(nameAt(url)).rejects.toThrow(/websocket error/)
    expect(await isAlive(url)).toBeTruthy()
  })

  it('end when their instance dies, and the gateway goes on', async () => {
    const one = await startInstance('one')
    const two = await startInstance('two')
    const { url } = await startGateway([one.url, two.url])
    const sockets = Array.from({ length: 10 }, () => open(url))
    await until('all are in', () => sockets.every(({ connected }) => connected))
    expect([one.clients(), two.clients()]).toStrictEqual([5, 5])
    one.http.closeAllConnections()
    await one.stop()
    await until('half of them have heard', () => sockets.filter(({ connected }) => connected).length === 5)
    expect(two.clients()).toBe(5)
    expect(await nameAt(url)).toBe('two')
  })

  it('of one address are held at the limit; one that is closed frees a place, and others get in', async () => {
    const instance = await startInstance('one')
    const limits = { all: 100, address: 5 }
    const { url, port } = await startGateway([instance.url], { limits, proxies: 'loopback' })
    const from = (address: string) => ({ extraHeaders: { 'x-forwarded-for': `6.6.6.6, ${address}` } })
    const sockets = Array.from({ length: 50 }, () => open(url, ['websocket'], from('203.0.113.7')))
    const answers = await Promise.all(sockets.map(isIn))
    expect(answers.filter(Boolean).length).toBe(5)
    expect(await isIn(open(url, ['websocket'], from('203.0.113.8')))).toBeTruthy()
    expect(await statusAt(port, '203.0.113.7')).toStrictEqual([429, '30', '/problems/too-many-requests'])
    sockets.find(({ connected }) => connected)?.disconnect()
    await until('there is a place', () => isIn(open(url, ['websocket'], from('203.0.113.7'))))
  })

  it('are held at what the gateway may carry', async () => {
    const instance = await startInstance('one')
    const { url, port } = await startGateway([instance.url], { limits: { all: 3, address: 100 } })
    const sockets = Array.from({ length: 10 }, () => open(url))
    await Promise.all(sockets.map(isIn))
    expect(instance.clients()).toBe(3)
    expect((await statusAt(port))[0]).toBe(429)
    expect(await isAlive(url)).toBeTruthy()
  })

  it('come to the instance with the address that they are of, whatever the client says', async () => {
    const instance = await startInstance('one')
    const { url } = await startGateway([instance.url])
    const heard = once(instance.http, 'upgrade') as Promise<[IncomingMessage]>
    open(url, ['websocket'], { extraHeaders: { 'x-forwarded-for': '6.6.6.6' } })
    const [asked] = await heard
    expect(String(asked.headers['x-forwarded-for'])).toMatch(/^(::ffff:)?127\.0\.0\.1$/)
  })

  it('end at the instance when a client is gone without a word', async () => {
    const instance = await startInstance('one')
    const { port } = await startGateway([instance.url])
    const upgraded = await upgrade(port)
    await until('it is in', () => connectionsOf(instance.http))
    upgraded.resetAndDestroy()
    await until('the instance knows', async () => (await connectionsOf(instance.http)) === 0)
  })

  it('are cut when an instance takes the connection and says nothing', async () => {
    const held: TcpSocket[] = []
    const mute = createServer((socket) => void held.push(socket.on('error', () => {}).resume()))
    await once(mute.listen(0, '127.0.0.1'), 'listening')
    started.push(() => mute.close())
    const { url } = await startGateway([urlOf(mute.address())], { patience: 100 })
    await expect(nameAt(url)).rejects.toThrow(/websocket error/)
    await until('nothing is left open', () => held.length === 1 && held[0]?.destroyed)
    expect(await isAlive(url)).toBeTruthy()
  })

  it('get what an instance answers instead', async () => {
    const instance = createHttpServer((_request, response) => response.writeHead(403).end('not you'))
    await once(instance.listen(0, '127.0.0.1'), 'listening')
    started.push(() => instance.close())
    const { port } = await startGateway([urlOf(instance.address())])
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' }
    const asking = request({ port, host: '127.0.0.1', path: updatesPath, headers }).end()
    const [response] = await once(asking, 'response')
    expect(response.statusCode).toBe(403)
    expect((await response.toArray()).join('')).toBe('not you')
  })
})

describe('the gateway', () => {
  it('closes them when it stops, though nobody reads', async () => {
    const instance = await startInstance('one')
    const { url, port, stop } = await startGateway([instance.url])
    const socket = open(url)
    const idle = await upgrade(port)
    idle.pause()
    await until('it is in', () => socket.connected)
    await stop()
    await until('the client has heard', () => !socket.connected)
    await until('the instance knows', async () => (await connectionsOf(instance.http)) === 0)
  }, 10_000)

  it('takes WebSocket for live updates alone', async () => {
    const instance = await startInstance('one')
    const { url, port } = await startGateway([instance.url])
    const polling = open(url, ['polling'])
    const refused = await new Promise<Error>((resolve) => polling.once('connect_error', resolve))
    expect(refused.message).toMatch(/xhr poll error/)
    for (const upgradeTo of ['h2c', 'websocket']) {
      const headers = { Connection: 'Upgrade', Upgrade: upgradeTo }
      const asking = request({ port, host: '127.0.0.1', path: '/health', headers }).end()
      const [response] = await once(asking, 'response')
      about(upgradeTo, () => expect(response.statusCode).toBe(200))
      response.resume()
    }
    expect(instance.clients()).toBe(0)
  })
})

const connectionsOf = (server: ReturnType<typeof createHttpServer>) =>
  new Promise<number>((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )

/** How an upgrade is answered that is refused: status, Retry-After and the problem's type. */
async function statusAt(port: number, address?: string) {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    ...(address && { 'X-Forwarded-For': address }),
  }
  const asking = request({ port, host: '127.0.0.1', path: `${updatesPath}/?EIO=4`, headers }).end()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  const body = JSON.parse((await response.toArray()).join('')) as { type: string }
  return [response.statusCode, response.headers['retry-after'], body.type]
}

/** A WebSocket connection in the raw. */
async function upgrade(port: number): Promise<TcpSocket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  started.push(() => socket.destroy())
  const lines = [
    `GET ${updatesPath}/?EIO=4&transport=websocket HTTP/1.1`,
    'Host: gateway',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 101/)
  return socket
}
