import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import { randomName } from '#platform/testing/fixtures.ts'
import type { NewUser } from '../domain/user-rules.ts'
import { startCustomerService } from '../fixtures.ts'
import { createPasswords } from './passwords.ts'
import { createUserStore, type UserStore } from './users.ts'

let service: Awaited<ReturnType<typeof startCustomerService>>
let users: UserStore
beforeAll(async () => {
  service = await startCustomerService()
  users = createUserStore({ shards: service.shards, clock: () => new Date(), passwords: createPasswords() })
})
afterAll(() => service.drop())

const customer = (userName: string, password = 'correct horse'): NewUser => ({
  userName,
  password,
  role: 'customer',
  id: '17850',
})

const hashOf = async (userName: string) => {
  const rows = await service.shards
    .ofKey(userName)
    .query<{ hash: string }>('select password_hash as hash from users where user_name = $1', [userName])
  return rows[0]?.hash
}

test('signs in who knows the password, whatever the capitals of the name', async () => {
  const userName = `${randomName('zoe')}@example.com`
  expect(await users.put([customer(userName.toUpperCase())])).toStrictEqual({ added: 1, changed: 0 })
  for (const typed of [userName, userName.toUpperCase()])
    expect(await users.signIn(typed, 'correct horse')).toStrictEqual({ role: 'customer', id: '17850' })
  for (const wrong of ['Correct horse', 'correct horse ', '', 'x'.repeat(10_000)])
    expect(await users.signIn(userName, wrong)).toBeUndefined()
  for (const nobody of ['nobody', '', 'a b', 'a\u0000b'])
    expect(await users.signIn(nobody, 'correct horse')).toBeUndefined()
})

test('keeps a hash as OWASP asks for, and the same one while the password is the same', async () => {
  const userName = randomName('ann')
  await users.put([customer(userName)])
  const before = await hashOf(userName)
  expect(before ?? '').toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await users.put([customer(userName)])).toStrictEqual({ added: 0, changed: 0 })
  expect(await hashOf(userName)).toBe(before)
  expect(await users.put([{ ...customer(userName), role: 'staff', id: 'ann' }])).toStrictEqual({
    added: 0,
    changed: 1,
  })
  expect(await hashOf(userName)).toBe(before)
  expect(await users.signIn(userName, 'correct horse')).toStrictEqual({ role: 'staff', id: 'ann' })
  expect(await users.put([customer(userName, 'battery staple')])).toStrictEqual({ added: 0, changed: 1 })
  expect(await users.signIn(userName, 'correct horse')).toBeUndefined()
  expect(await users.signIn(userName, 'battery staple')).toStrictEqual({ role: 'customer', id: '17850' })
})

test('who is added twice keeps the password, role and id of before', async () => {
  const [known, fresh] = [randomName('ann'), randomName('zoe')]
  await users.put([{ ...customer(known, 'of their own'), role: 'staff', id: 'ann' }])
  const seed = [customer(known.toUpperCase()), customer(fresh)]
  expect(await users.add(seed)).toBe(1)
  expect(await users.add(seed)).toBe(0)
  expect(await users.signIn(known, 'of their own')).toStrictEqual({ role: 'staff', id: 'ann' })
  expect(await users.signIn(known, 'correct horse')).toBeUndefined()
  expect(await users.signIn(fresh, 'correct horse')).toBeTruthy()
})

test('takes the same password from a keyboard that writes é as two characters', async () => {
  const userName = randomName('eve')
  await users.put([customer(userName, 'café crème'.normalize('NFC'))])
  expect(await users.signIn(userName, 'café crème'.normalize('NFD'))).toBeTruthy()
})

test('an unknown name takes as long as a wrong password', async () => {
  const userName = randomName('bob')
  await users.put([customer(userName)])
  const times = { [userName]: [] as number[], nobody: [] as number[] }
  // By turns, so that both meet the same machine.
  for (let n = 0; n < 9; n++)
    for (const [name, took] of Object.entries(times)) {
      const from = performance.now()
      await users.signIn(name, 'wrong horse')
      took.push(performance.now() - from)
    }
  const [known = 0, unknown = 0] = Object.values(times).map((took) => took.sort((a, b) => a - b)[4])
  ensure(unknown > known / 2 && known > unknown / 2, `${known} ms and ${unknown} ms`)
})

test('lists users by name over all shards, page by page and without their passwords', async () => {
  const names = Array.from({ length: 7 }, () => `${randomName('listed')}@example.com`).sort()
  await users.put(names.map((name) => customer(name)))
  const found: string[] = []
  for (let after = 'listed'; ; ) {
    const { users: page, missing } = await users.list({ after, limit: 3 })
    expect(missing).toStrictEqual([])
    const listed = page.filter(({ userName }) => userName.startsWith('listed'))
    for (const user of listed) expect(Object.keys(user).sort()).toStrictEqual(['id', 'role', 'userName'])
    found.push(...listed.map(({ userName }) => userName))
    after = page.at(-1)?.userName ?? ''
    if (listed.length < 3) break
  }
  expect(found).toStrictEqual(names)
})
