import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { tellFailure } from './text/failure.ts'

function launch(t: TestContext, prepare: (folder: string) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'order-saga-launch-'))
  t.after(() => rmSync(folder, { recursive: true }))
  cpSync('cli/order-saga.mjs', join(folder, 'cli/order-saga.mjs'))
  writeFileSync(join(folder, 'cli/main.ts'), `console.log('asked' as string, process.argv[2])`)
  prepare(folder)
  return spawnSync(process.execPath, [join(folder, 'cli/order-saga.mjs'), 'audit'], { encoding: 'utf8' })
}

describe('the order-saga command', () => {
  it('runs on a Node that reads TypeScript, as in the image, which has none of its own in node_modules', (t) => {
    const installed = (folder: string) =>
      mkdirSync(join(folder, 'node_modules/commander'), { recursive: true })
    const { status, stdout } = launch(t, installed)
    assert.deepEqual([status, stdout], [0, 'asked audit\n'])
  })

  it('says what to do when its packages are not installed', (t) => {
    const { status, stderr } = launch(t, () => {})
    assert.equal(status, 3)
    assert.match(stderr, /^order-saga: its packages are not installed; run [^\n]+\n$/)
  })

  it('says what to do when its code was never generated', async () => {
    const missing = new URL('../generated/proto/nothing_pb.ts', import.meta.url).href
    const error: unknown = await import(missing).catch((error: unknown) => error)
    let told = ''
    const output = { stdout: () => {}, stderr: (text: string) => void (told += text) }
    assert.equal(tellFailure(error, false, output), 1)
    assert.equal(told, 'order-saga: its code is not generated yet; run "npm start" or "npm run generate"\n')
  })
})
