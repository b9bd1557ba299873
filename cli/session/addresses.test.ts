import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import { isStackGateway, stackAddresses } from './addresses.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-saga-addresses-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('knows no addresses when no stack has run here', () => {
  expect(stackAddresses(folder)).toStrictEqual({})
})

it('takes the addresses that the stack wrote down', async () => {
  await writeFile(join(folder, 'env.json'), '{"GATEWAY_URL":"b","KAFKA_BROKERS":"c"}')
  expect(stackAddresses(folder)).toStrictEqual({ GATEWAY_URL: 'b', KAFKA_BROKERS: 'c' })
})

it('names the file when it cannot be read', async () => {
  await writeFile(join(folder, 'env.json'), '{"GATEWAY_URL":')
  expect(() => stackAddresses(folder)).toThrow(/env\.json is not what "npm start" writes/)
})

it('knows the stack’s own gateway from every other', () => {
  const stack = { GATEWAY_URL: 'http://127.0.0.1:3000' }
  expect(isStackGateway('http://127.0.0.1:3000/', stack)).toBeTruthy()
  for (const url of [
    'http://127.0.0.1:3001',
    'https://127.0.0.1:3000',
    'http://localhost:3000',
    'http://127.0.0.1.evil.example:3000',
    'http://127.0.0.1:3000@evil.example',
    'https://shop.example',
    'nonsense',
  ])
    ensure(!isStackGateway(url, stack), url)
  expect(isStackGateway('https://shop.example', { GATEWAY_URL: 'https://shop.example' })).toBeFalsy()
  expect(isStackGateway('http://127.0.0.1:3000', {})).toBeFalsy()
})
