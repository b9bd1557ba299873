import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { cleanUpAfterEach } from '#platform/testing/clean-up.ts'
import { newSecrets, readSecrets } from './secrets.ts'

const cleanUp = cleanUpAfterEach()

it('give a service that came later a password, and keep all others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'order-saga-secrets-'))
  cleanUp(() => rm(folder, { recursive: true }))
  const file = join(folder, 'secrets.json')
  const before = newSecrets()
  const { payment: _, ...earlier } = before.passwords
  await writeFile(file, JSON.stringify({ ...before, passwords: earlier }))

  const secrets = await readSecrets(file)
  const { payment, ...others } = secrets.passwords
  expect(payment).toMatch(/^[0-9a-f]{32}$/)
  expect({ ...secrets, passwords: others }).toStrictEqual({ ...before, passwords: earlier })
  expect(JSON.parse(await readFile(file, 'utf8'))).toStrictEqual(secrets)
  expect(await readSecrets(file)).toStrictEqual(secrets)
})
