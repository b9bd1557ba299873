import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { fail } from '#platform/testing/expect.ts'
import { cached } from './cache.ts'

describe('the cache of downloaded servers', () => {
  let parent: string
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'order-saga-cache-'))
  })
  afterAll(() => rm(parent, { recursive: true }))

  const slowly = (text: string) => async (folder: string) => {
    await writeFile(join(folder, 'first'), text)
    await sleep(50)
    await writeFile(join(folder, 'second'), text)
  }

  it('is filled once, and whole, by two who install the same thing at once', async () => {
    const folders = await Promise.all([
      cached('both-1.0', slowly('a'), parent),
      cached('both-1.0', slowly('b'), parent),
    ])
    expect(folders[0]).toBe(folders[1])
    const [first, second] = await Promise.all(
      ['first', 'second'].map((file) => readFile(join(folders[0], file), 'utf8')),
    )
    expect(first).toBe(second)
    expect(await readdir(parent)).toStrictEqual(['both-1.0'])
  })

  it('installs nothing a second time', async () => {
    await cached('once-1.0', slowly('a'), parent)
    await cached('once-1.0', () => fail('installed again'), parent)
  })

  it('takes nothing for complete that was killed halfway', async () => {
    const halfway = `
      const { cached } = await import(${JSON.stringify(import.meta.resolve('./cache.ts'))})
      await cached('killed-1.0', async () => {
        console.log('halfway')
        await new Promise((resolve) => setTimeout(resolve, 60_000))
      }, ${JSON.stringify(parent)})`
    const child = spawn(process.execPath, ['--input-type=module', '-e', halfway], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(existsSync(join(parent, 'killed-1.0'))).toBe(false)
    const folder = await cached('killed-1.0', slowly('whole'), parent)
    expect((await readdir(folder)).toSorted()).toStrictEqual(['first', 'second'])
  })

  it('says in one line what could not be had, and leaves nothing of it', async () => {
    const before = await readdir(parent)
    const install = () =>
      Promise.reject(Object.assign(new Error('pip failed'), { stderr: 'a\nERROR: no network\n' }))
    await expect(cached('gone-1.0', install, parent)).rejects.toMatchObject({
      message: 'could not get gone-1.0: ERROR: no network',
    })
    expect(await readdir(parent)).toStrictEqual(before)
  })
})
