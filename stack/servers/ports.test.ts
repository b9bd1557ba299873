import { createServer } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { chosenPorts, defaultPorts, freePorts, mustBeFree } from './ports.ts'

describe('the ports of npm start', () => {
  it('are moved by the environment', () => {
    expect(chosenPorts({ KAFKA_PORT: '19092' })).toStrictEqual({ ...defaultPorts, KAFKA_PORT: 19092 })
  })

  it('say which variable is not a port', () => {
    expect(() => chosenPorts({ KAFKA_PORT: 'many' })).toThrow(
      expect.objectContaining({
        message: 'KAFKA_PORT is "many"; wanted: a port from 1 to 65535',
      }),
    )
  })

  it('that are taken say which variable moves them, and which uses the server that is there', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address ? address.port : 0
    try {
      await expect(mustBeFree('KAFKA_PORT', port)).rejects.toMatchObject({
        message: `port ${port} is in use: set KAFKA_PORT to another one, or KAFKA_BROKERS to use the server that is there`,
      })
    } finally {
      taken.close()
    }
    await mustBeFree('KAFKA_PORT', port)
  })

  it('are all different when any free ones will do', async () => {
    const ports = Object.values(await freePorts())
    expect(new Set(ports).size).toBe(Object.keys(defaultPorts).length)
  })
})
