import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { until } from '#platform/testing/fixtures.ts'
import { type Proxy, startProxy } from '#platform/testing/proxy.ts'
import { cloneDatabase, type TestDatabase } from '#tests/support/servers.ts'
import type { Numbers } from './numbers.ts'
import { watch } from './watch.ts'

describe('what draws the live table', () => {
  let database: TestDatabase
  let proxy: Proxy
  beforeAll(async () => {
    database = await cloneDatabase('order')
    const { hostname: host, port } = new URL(database.url)
    proxy = await startProxy({ host, port: Number(port) })
  })
  afterAll(async () => {
    await proxy.cut()
    await database.drop()
  })

  it('goes on while Postgres says nothing, shows that it does not know, and finds it again', async () => {
    const shown: (Numbers | undefined)[] = []
    const table = { show: (numbers: Numbers | undefined) => void shown.push(numbers), tell() {}, done() {} }
    const url = Object.assign(new URL(database.url), { host: `${proxy.host}:${proxy.port}` }).href
    const system = {
      environment: () => ({ AUDIT_ORDER_DATABASE_URL: url }),
      rest: () => sleep(100),
    }
    const placed = new AbortController()
    const watching = watch(system, table, { since: new Date(), placed: placed.signal, until: { placing: 0 } })

    await until('numbers are known', () => shown.at(-1))
    proxy.freeze()
    await until('they are unknown', () => shown.length > 1 && shown.at(-1) === undefined)
    const unknown = shown.length
    await until('it goes on', () => shown.length > unknown + 1)
    proxy.thaw()
    await until('numbers are known again', () => shown.at(-1))
    placed.abort()
    await watching
    expect(shown.at(-1)?.open).toBe(0)
  })
})
