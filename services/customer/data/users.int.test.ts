import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
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
    expect(await users.signIn(typed, 'correct horse')).toStrictEqual({
      role: 'customer',
      id: '17850',
      userName,
    })
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
  expect(await users.signIn(userName, 'correct horse')).toMatchObject({ role: 'staff', id: 'ann' })
  expect(await users.put([customer(userName, 'battery staple')])).toStrictEqual({ added: 0, changed: 1 })
  expect(await users.signIn(userName, 'correct horse')).toBeUndefined()
  expect(await users.signIn(userName, 'battery staple')).toMatchObject({ role: 'customer', id: '17850' })
})

test('who is added twice keeps the password, role and id of before', async () => {
  const [known, fresh] = [randomName('ann'), randomName('zoe')]
  await users.put([{ ...customer(known, 'of their own'), role: 'staff', id: 'ann' }])
  const seed = [customer(known.toUpperCase()), customer(fresh)]
  expect(await users.add(seed)).toBe(1)
  expect(await users.add(seed)).toBe(0)
  expect(await users.signIn(known, 'of their own')).toMatchObject({ role: 'staff', id: 'ann' })
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
    for (const user of listed)
      expect(Object.keys(user).sort()).toStrictEqual(['disabledAt', 'id', 'role', 'userName'])
    found.push(...listed.map(({ userName }) => userName))
    after = page.at(-1)?.userName ?? ''
    if (listed.length < 3) break
  }
  expect(found).toStrictEqual(names)
})

describe('a user who is disabled', () => {
  test('cannot sign in, nor with a new password, until they are enabled', async () => {
    const userName = randomName('dis')
    await users.put([customer(userName)])
    const disabled = await users.setDisabled(userName.toUpperCase(), true, 'ann')
    ensure('disabledAt' in disabled && disabled.disabledAt)
    expect(await users.setDisabled(userName, true, 'ann')).toStrictEqual(disabled)
    await users.put([customer(userName, 'battery staple')])
    expect(await users.signIn(userName, 'battery staple')).toBe('disabled')
    expect(await users.signIn(userName, 'wrong password')).toBeUndefined()
    expect(await users.find(userName)).toStrictEqual([disabled])
    const { revocations } = await users.revocations()
    const revocation = revocations.find((one) => one.userName === userName)
    expect(revocation?.revokedAt).toStrictEqual(disabled.disabledAt)
    expect(await users.setDisabled(userName, false, 'ann')).toStrictEqual({ ...disabled, disabledAt: null })
    expect(await users.signIn(userName, 'battery staple')).toMatchObject({ role: 'customer' })
  })

  test('and one who is removed, loses their tokens', async () => {
    const userName = randomName('gone')
    await users.put([customer(userName)])
    expect(await users.remove(userName, 'ann')).toBe('removed')
    expect(await users.remove(userName, 'ann')).toStrictEqual({ refused: 'unknown' })
    expect(await users.setDisabled(userName, true, 'ann')).toStrictEqual({ refused: 'unknown' })
    expect((await users.revocations()).revocations.some((one) => one.userName === userName)).toBe(true)
    expect(await users.signIn(userName, 'correct horse')).toBeUndefined()
  })
})

test('a user is found by name, and by an id that several names may have', async () => {
  const [one, other, id] = [randomName('one'), randomName('two'), randomName('id')]
  await users.put([
    { ...customer(one), id },
    { ...customer(other), id },
  ])
  const named = (found: { userName: string }[]) => found.map(({ userName }) => userName).sort()
  expect(named(await users.find(one))).toStrictEqual([one])
  expect(named(await users.find(id))).toStrictEqual([one, other].sort())
  expect(await users.find(randomName('nobody'))).toStrictEqual([])
})

test('of the staff who may sign in, the last stays, however many are shut out at once, and nobody shuts themselves out', async () => {
  const alone = await startCustomerService()
  try {
    const { shards } = alone
    const store = createUserStore({ shards, clock: () => new Date(), passwords: createPasswords() })
    const names = Array.from({ length: 6 }, () => randomName('staff'))
    await store.put(names.map((userName) => ({ ...customer(userName), role: 'staff', id: userName })))
    const [first = ''] = names
    for (const refusal of [await store.remove(first, first), await store.setDisabled(first, true, first)])
      expect(refusal).toStrictEqual({ refused: 'own' })
    const answers = await Promise.all(
      names.map((userName, n) =>
        n % 2 ? store.remove(userName, 'somebody') : store.setDisabled(userName, true, 'somebody'),
      ),
    )
    const refused = answers.filter((answer) => typeof answer === 'object' && 'refused' in answer)
    expect(refused).toStrictEqual([{ refused: 'last-staff' }])
    const { users: left } = await store.list({ after: '', limit: 100 })
    expect(left.filter(({ disabledAt }) => disabledAt === null).length).toBe(1)
  } finally {
    await alone.drop()
  }
})
