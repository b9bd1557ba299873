import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { cleanUpAfterEach } from '#platform/testing/clean-up.ts'
import { about } from '#platform/testing/expect.ts'

const cleanUp = cleanUpAfterEach()

type Locked = {
  resolved?: string
  integrity?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, Locked>
}

describe('package-lock.json', () => {
  it('names every package that a package asks for, those of other platforms too, as npm ci demands', () => {
    const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !placesOf(path, name).some((place) => packages[place]))
        .map((name) => `${name}, for ${path}`),
    )
    expect(missing).toStrictEqual([])
  })

  it('holds a checksum of everything, and no registry', () => {
    for (const [path, { integrity, resolved }] of Object.entries(packages)) {
      if (path === '') continue
      about(path, () => expect(integrity ?? '').toMatch(/^sha512-/))
      about(path, () => expect(resolved).toBeUndefined())
    }
  })
})

/** Where Node looks for `name` from the package at `path`, nearest first. */
function placesOf(path: string, name: string): string[] {
  const here = join(path, 'node_modules', name)
  const outer = path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1))
  return path === '' ? [here] : [here, ...placesOf(outer, name)]
}

describe('npm start', () => {
  it('installs a package anew that an interrupted installation left in halves', () => {
    const folder = mkdtempSync(join(tmpdir(), 'order-saga-packages-'))
    cleanUp(() => rmSync(folder, { recursive: true }))
    const write = (file: string, content: unknown) => {
      mkdirSync(join(folder, file, '..'), { recursive: true })
      writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content))
    }
    const npm = (...args: string[]) => execFileSync('npm', args, { cwd: folder, stdio: 'pipe' })
    write('pieces/package.json', { name: 'pieces', version: '1.0.0', main: 'whole.js' })
    write('pieces/whole.js', '')
    npm('pack', './pieces')
    write('package.json', { private: true, dependencies: { pieces: 'file:pieces-1.0.0.tgz' } })
    npm('install', '--package-lock-only')
    write('node_modules/pieces/package.json', { name: 'pieces', version: '1.0.0', main: 'whole.js' })
    cpSync('stack/bootstrap.mjs', join(folder, 'stack/bootstrap.mjs'))
    // What follows the packages is not there, and no server is asked for.
    const env = { ...process.env, TEMPORAL_ADDRESS: 'a', REDIS_URL: 'b', KAFKA_BROKERS: 'c' }
    spawnSync(process.execPath, ['stack/bootstrap.mjs', 'start'], { cwd: folder, env, stdio: 'pipe' })
    readFileSync(join(folder, 'node_modules/pieces/whole.js'))
    readFileSync(join(folder, 'node_modules/.packages'))
  })
})
