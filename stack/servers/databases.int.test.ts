import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openDatabase } from '#platform/postgres/database.ts'
import {
  auditor,
  type Credentials,
  createDatabases,
  databasesOf,
  type Owner,
  owners,
  urlFor,
} from './databases.ts'
import { freePorts } from './ports.ts'
import { startPostgres } from './postgres.ts'
import { readSecrets } from './secrets.ts'

/** A server of its own: roles belong to a whole server, and the other tests use theirs. */
describe('the databases of the services', () => {
  let folder: string
  let postgres: Awaited<ReturnType<typeof startPostgres>>
  let passwords: Credentials

  before(async () => {
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
    for (const owner of owners) await as(owner, owner, 'create table secrets as select 42 as answer')
  })
  after(async () => {
    await postgres.stop()
    await rm(folder, { recursive: true })
  })

  /** In each of the owner's databases; the answer of the last one. */
  async function as(role: keyof Credentials, owner: Owner, sql: string): Promise<unknown[]> {
    let answer: unknown[] = []
    for (const name of databasesOf[owner]) {
      const database = openDatabase(urlFor(postgres.url, role, passwords[role], name), { max: 1 })
      try {
        answer = await database.query(sql)
      } finally {
        await database.close()
      }
    }
    return answer
  }

  for (const role of owners) {
    it(`let ${role} read its own, and connect to no other`, async () => {
      assert.deepEqual(await as(role, role, 'select * from secrets'), [{ answer: 42 }])
      for (const other of owners.filter((owner) => owner !== role)) {
        await assert.rejects(as(role, other, 'select * from secrets'), /permission denied for database/)
      }
    })
  }

  it('let nobody in with the password of another', async () => {
    const url = urlFor(postgres.url, 'order', passwords.payment, 'order_1')
    const database = openDatabase(url, { max: 1 })
    await assert.rejects(database.query('select 1'), /password authentication failed/)
    await database.close()
  })

  it('let the auditor read all of them and write to none', async () => {
    for (const owner of owners) {
      assert.deepEqual(await as(auditor, owner, 'select * from secrets'), [{ answer: 42 }])
      await assert.rejects(as(auditor, owner, 'delete from secrets'), /read-only transaction/)
      const insist = 'set default_transaction_read_only = off; begin read write; delete from secrets'
      await assert.rejects(as(auditor, owner, insist), /permission denied for table secrets/)
    }
  })

  it('are created once: a second time keeps what is in them', async () => {
    const { passwords: known } = await readSecrets(join(folder, 'secrets.json'))
    await createDatabases(postgres.url, known)
    assert.deepEqual(await as('order', 'order', 'select * from secrets'), [{ answer: 42 }])
  })

  it('have passwords that only their owner on this machine can read', async () => {
    const { mode } = await stat(join(folder, 'secrets.json'))
    assert.equal(mode & 0o777, 0o600)
    assert.equal(new Set(Object.values(passwords)).size, owners.length + 1)
  })
})
