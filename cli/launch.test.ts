import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { cleanUpAfterEach } from '#platform/testing/clean-up.ts'
import { tellFailure } from './text/failure.ts'

const cleanUp = cleanUpAfterEach()

function launch(prepare: (folder: string) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'order-saga-launch-'))
  cleanUp(() => rmSync(folder, { recursive: true }))
  cpSync('cli/order-saga.mjs', join(folder, 'cli/order-saga.mjs'))
  writeFileSync(join(folder, 'cli/main.ts'), `console.log('asked' as string, process.argv[2])`)
  prepare(folder)
  return spawnSync(process.execPath, [join(folder, 'cli/order-saga.mjs'), 'audit'], { encoding: 'utf8' })
}

describe('the order-saga command', () => {
  it('runs on a Node that reads TypeScript, as in the image, which has none of its own in node_modules', () => {
    const installed = (folder: string) =>
      mkdirSync(join(folder, 'node_modules/commander'), { recursive: true })
    const { status, stdout } = launch(installed)
    expect([status, stdout]).toStrictEqual([0, 'asked audit\n'])
  })

  it('says what to do when its packages are not installed', () => {
    const { status, stderr } = launch(() => {})
    expect(status).toBe(3)
    expect(stderr).toMatch(/^order-saga: its packages are not installed; run [^\n]+\n$/)
  })

  it('says what to do when its code was never generated', () => {
    const missing = new URL('../generated/proto/nothing_pb.ts', import.meta.url).href
    const script = `import('${missing}').catch(({ message, code, url }) => console.log(JSON.stringify({ message, code, url })))`
    const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
    const { message, ...rest } = JSON.parse(stdout) as { message: string; code: string; url: string }
    const error = Object.assign(new Error(message), rest)
    let told = ''
    const output = { stdout: () => {}, stderr: (text: string) => void (told += text) }
    expect(tellFailure(error, false, output)).toBe(1)
    expect(told).toBe('order-saga: its code is not generated yet; run "npm start" or "npm run generate"\n')
  })
})
