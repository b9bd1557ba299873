import { createServer, connect as dial, type Socket } from 'node:net'
import { expect, test } from '@jest/globals'
import { createLogger } from '../process/logger.ts'
import { randomName, silent, testServer, until } from '../testing/fixtures.ts'
import { connectRedis } from './redis.ts'

/** A door before the real server that can be shut, as if the server were gone. */
async function createDoor(serverUrl: URL) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const onward = dial(Number(serverUrl.port), serverUrl.hostname)
    for (const one of [socket, onward])
      sockets.add(one.on('error', () => {}).on('close', () => sockets.delete(one)))
    socket.pipe(onward).pipe(socket)
  })
  const open = (port = 0) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await open()
  const { port } = server.address() as { port: number }
  const shut = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return { url: `redis://127.0.0.1:${port}`, shut, open: () => open(port) }
}

test('fails at once while Redis is away, and goes on when it is back', async () => {
  const said: string[] = []
  const logger = createLogger({
    process: 'test',
    destination: { write: (line) => said.push(JSON.parse(line).msg) },
  })
  const door = await createDoor(new URL(testServer('TEST_REDIS_URL')))
  const redis = connectRedis(door.url, logger)
  const key = randomName('platform')
  await until('up', redis.isUp)
  await redis.client.set(key, '1', { expiration: { type: 'EX', value: 60 } })
  await door.shut()
  await until('down', () => !redis.isUp())
  await expect(redis.client.get(key)).rejects.toThrow()
  await door.open()
  await until('up again', redis.isUp)
  expect(await redis.client.get(key)).toBe('1')
  await redis.client.del(key)
  await redis.close()
  await door.shut()
  expect(said.length).toBe(2)
  expect(said[0] ?? '').toMatch(/^Redis is unavailable/)
  expect(said[1]).toBe('Redis is available again')
})

test('can be closed though Redis never was there', async () => {
  const redis = connectRedis('redis://127.0.0.1:1', silent)
  expect(redis.isUp()).toBe(false)
  await redis.close()
})
