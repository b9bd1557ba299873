import { type DatabaseOwner } from '#contracts/services.ts'
import { testServer } from '#platform/testing/fixtures.ts'
import { cloneTemplate } from '#stack/servers/databases.ts'

export type TestDatabase = { url: string; drop(): Promise<void> }

/** A fresh copy of a service's migrated database on the test server; drop it when the tests are over. */
export const cloneDatabase = (owner: DatabaseOwner): Promise<TestDatabase> =>
  cloneTemplate(testServer('TEST_POSTGRES_URL'), owner)
