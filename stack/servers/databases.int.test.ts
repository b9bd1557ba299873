import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type DatabaseOwner, databaseOwners, databasesOf } from '#contracts/services.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { auditor, type Credentials, createDatabases, urlFor } from './databases.ts'
import { freePorts } from './ports.ts'
import { startPostgres } from './postgres.ts'
import { readSecrets } from './secrets.ts'

/** A server of its own: roles belong to a whole server, and the other tests use theirs. */
describe('the databases of the services', () => {
  let folder: string
  let postgres: Awaited<ReturnType<typeof startPostgres>>
  let passwords: Credentials

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-saga-databases-'))
    await chmod(folder, 0o711)
    const ports = await freePorts()
    postgres = await startPostgres({
      dataFolder: folder,
      logFolder: join(folder, 'logs'),
      durable: false,
      ports,
    })
    passwords = (await readSecrets(join(folder, 'secrets.json'))).passwords
    await createDatabases(postgres.url, passwords)
    for (const owner of databaseOwners) await as(owner, owner, 'create table secrets as select 42 as answer')
  })
  afterAll(async () => {
    await postgres.stop()
    await rm(folder, { recursive: true })
  })

  /** In each of the owner's databases; the answer of the last one. */
  async function as(role: keyof Credentials, owner: DatabaseOwner, sql: string): Promise<unknown[]> {
    let answer: unknown[] = []
    for (const name of databasesOf(owner)) {
      const database = openDatabase(urlFor(postgres.url, role, passwords[role], name), { max: 1 })
      try {
        answer = await database.query(sql)
      } finally {
        await database.close()
      }
    }
    return answer
  }

  for (const role of databaseOwners) {
    it(`let ${role} read its own, and connect to no other`, async () => {
      expect(await as(role, role, 'select * from secrets')).toStrictEqual([{ answer: 42 }])
      for (const other of databaseOwners.filter((owner) => owner !== role)) {
        await expect(as(role, other, 'select * from secrets')).rejects.toThrow(
          /permission denied for database/,
        )
      }
    })
  }

  it('let nobody in with the password of another', async () => {
    const url = urlFor(postgres.url, 'order', passwords.payment, 'order_1')
    const database = openDatabase(url, { max: 1 })
    await expect(database.query('select 1')).rejects.toThrow(/password authentication failed/)
    await database.close()
  })

  it('let the auditor read all of them and write to none', async () => {
    for (const owner of databaseOwners) {
      expect(await as(auditor, owner, 'select * from secrets')).toStrictEqual([{ answer: 42 }])
      await expect(as(auditor, owner, 'delete from secrets')).rejects.toThrow(/read-only transaction/)
      const insist = 'set default_transaction_read_only = off; begin read write; delete from secrets'
      await expect(as(auditor, owner, insist)).rejects.toThrow(/permission denied for table secrets/)
    }
  })

  it('are created once: a second time keeps what is in them', async () => {
    const { passwords: known } = await readSecrets(join(folder, 'secrets.json'))
    await createDatabases(postgres.url, known)
    expect(await as('order', 'order', 'select * from secrets')).toStrictEqual([{ answer: 42 }])
  })

  it('have passwords that only their owner on this machine can read', async () => {
    const { mode } = await stat(join(folder, 'secrets.json'))
    expect(mode & 0o777).toBe(0o600)
    expect(new Set(Object.values(passwords)).size).toBe(databaseOwners.length + 1)
  })
})
