import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { cached } from './cache.ts'

describe('the cache of downloaded servers', () => {
  let parent: string
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'order-saga-cache-'))
  })
  after(() => rm(parent, { recursive: true }))

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
    assert.equal(folders[0], folders[1])
    const [first, second] = await Promise.all(
      ['first', 'second'].map((file) => readFile(join(folders[0], file), 'utf8')),
    )
    assert.equal(first, second)
    assert.deepEqual(await readdir(parent), ['both-1.0'])
  })

  it('installs nothing a second time', async () => {
    await cached('once-1.0', slowly('a'), parent)
    await cached('once-1.0', () => assert.fail('installed again'), parent)
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
    assert.equal(existsSync(join(parent, 'killed-1.0')), false)
    const folder = await cached('killed-1.0', slowly('whole'), parent)
    assert.deepEqual((await readdir(folder)).toSorted(), ['first', 'second'])
  })

  it('says in one line what could not be had, and leaves nothing of it', async () => {
    const before = await readdir(parent)
    const install = () =>
      Promise.reject(Object.assign(new Error('pip failed'), { stderr: 'a\nERROR: no network\n' }))
    await assert.rejects(cached('gone-1.0', install, parent), {
      message: 'could not get gone-1.0: ERROR: no network',
    })
    assert.deepEqual(await readdir(parent), before)
  })
})
