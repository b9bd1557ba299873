import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { withStackAddresses } from './addresses.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-saga-addresses-'))
})
after(() => rm(folder, { recursive: true }))

it('takes the environment alone when no stack has run here', () => {
  assert.deepEqual(withStackAddresses({ GATEWAY_URL: 'a' }, folder), { GATEWAY_URL: 'a' })
})

it('takes the environment first, and the stack’s addresses for the rest', async () => {
  await mkdir(join(folder, '.stack'))
  await writeFile(join(folder, '.stack', 'env.json'), '{"GATEWAY_URL":"b","KAFKA_BROKERS":"c"}')
  const env = withStackAddresses({ GATEWAY_URL: 'a' }, folder)
  assert.deepEqual(env, { GATEWAY_URL: 'a', KAFKA_BROKERS: 'c' })
})

it('names the file when it cannot be read', async () => {
  await writeFile(join(folder, '.stack', 'env.json'), '{"GATEWAY_URL":')
  assert.throws(() => withStackAddresses({}, folder), /env\.json is not what "npm start" writes/)
})
