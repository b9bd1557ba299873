import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { isStackGateway, stackAddresses } from './addresses.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-saga-addresses-'))
})
after(() => rm(folder, { recursive: true }))

it('knows no addresses when no stack has run here', () => {
  assert.deepEqual(stackAddresses(folder), {})
})

it('takes the addresses that the stack wrote down', async () => {
  await writeFile(join(folder, 'env.json'), '{"GATEWAY_URL":"b","KAFKA_BROKERS":"c"}')
  assert.deepEqual(stackAddresses(folder), { GATEWAY_URL: 'b', KAFKA_BROKERS: 'c' })
})

it('names the file when it cannot be read', async () => {
  await writeFile(join(folder, 'env.json'), '{"GATEWAY_URL":')
  assert.throws(() => stackAddresses(folder), /env\.json is not what "npm start" writes/)
})

it('knows the stack’s own gateway from every other', () => {
  const stack = { GATEWAY_URL: 'http://127.0.0.1:3000' }
  assert.ok(isStackGateway('http://127.0.0.1:3000/', stack))
  for (const url of [
    'http://127.0.0.1:3001',
    'https://127.0.0.1:3000',
    'http://localhost:3000',
    'http://127.0.0.1.evil.example:3000',
    'http://127.0.0.1:3000@evil.example',
    'https://shop.example',
    'nonsense',
  ])
    assert.ok(!isStackGateway(url, stack), url)
  assert.ok(!isStackGateway('https://shop.example', { GATEWAY_URL: 'https://shop.example' }))
  assert.ok(!isStackGateway('http://127.0.0.1:3000', {}))
})
