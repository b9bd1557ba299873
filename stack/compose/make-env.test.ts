import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { createTokenSigner } from '#platform/auth/tokens.ts'
import { cleanUpAfterEach } from '#platform/testing/clean-up.ts'
import { ensure } from '#platform/testing/expect.ts'

const cleanUp = cleanUpAfterEach()

/** A copy of the script; `openssl` is the text of the program of that name, '' for none, undefined for the machine's. */
function copy(openssl?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'order-saga-env-'))
  cleanUp(() => rmSync(folder, { recursive: true }))
  cpSync('stack/compose/make-env.sh', join(folder, 'stack/compose/make-env.sh'))
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const tool of ['awk', 'cat', 'cmp', 'dirname', 'grep', 'mktemp', 'mv', 'rm', 'tail'])
    symlinkSync(which(tool), join(bin, tool))
  if (openssl === undefined) symlinkSync(which('openssl'), join(bin, 'openssl'))
  else if (openssl !== '') {
    writeFileSync(join(bin, 'openssl'), `#!/bin/sh\n${openssl}\n`)
    chmodSync(join(bin, 'openssl'), 0o755)
  }
  const file = join(folder, '.env')
  return {
    file,
    run: () =>
      spawnSync('/bin/sh', [join(folder, 'stack/compose/make-env.sh')], {
        env: { PATH: bin },
        encoding: 'utf8',
      }),
    leftOver: () => readdirSync(folder).filter((name) => name.startsWith('.env.')),
  }
}

const which = (tool: string) => spawnSync('which', [tool], { encoding: 'utf8' }).stdout.trim()
const real = which('openssl')

describe('make-env.sh', () => {
  it('writes every secret that docker-compose.yml asks for, each another one, and a key that signs', async () => {
    const { run, file } = copy()
    expect(run().status).toBe(0)
    const written = readFileSync(file, 'utf8')
    for (const line of written.trim().split('\n')) expect(line).toMatch(/^[A-Z_]+=\S/)
    const secrets = parseEnv(written)
    const compose = readFileSync('docker-compose.yml', 'utf8')
    for (const [, name = ''] of compose.matchAll(/\$\{([A-Z_]+):\?/g)) ensure(secrets[name], name)
    expect(new Set(Object.values(secrets)).size).toBe(Object.keys(secrets).length)
    const privateKeyPem = secrets.TOKEN_PRIVATE_KEY ?? ''
    await createTokenSigner({ issuer: 'a', audience: 'b', privateKeyPem, lifetime: 1_000 })
    // Nobody else may read it.
    expect(statSync(file).mode & 0o077).toBe(0)
  })

  it('keeps what is in .env, and adds what is missing', () => {
    const { run, file } = copy()
    writeFileSync(
      file,
      'PUBLIC_PORT=9000\nSTAFF_PASSWORD=chosen by hand\nDEMO_PASSWORD=\nTOKEN_PRIVATE_KEY=mine',
    )
    expect(run().status).toBe(0)
    const first = readFileSync(file, 'utf8')
    const { PUBLIC_PORT, STAFF_PASSWORD, TOKEN_PRIVATE_KEY, DEMO_PASSWORD } = parseEnv(first)
    expect([PUBLIC_PORT, STAFF_PASSWORD, TOKEN_PRIVATE_KEY]).toStrictEqual(['9000', 'chosen by hand', 'mine'])
    expect(DEMO_PASSWORD ?? '').toMatch(/^[0-9a-f]{32}$/)

    const again = run()
    expect(again.status).toBe(0)
    expect(again.stderr).toMatch(/nothing is changed/)
    expect(readFileSync(file, 'utf8')).toBe(first)
  })

  const broken = {
    'there is no openssl': '',
    'openssl always fails': 'exit 1',
    'openssl says nothing and exits 0': 'exit 0',
    'openssl makes no Ed25519 keys': `[ "$1" = genpkey ] && { echo 'Algorithm ed25519 not found' >&2; exit 1; }; exec ${real} "$@"`,
    'openssl makes half a key': `[ "$1" = genpkey ] && { echo '-----BEGIN PRIVATE KEY-----'; exit 0; }; exec ${real} "$@"`,
    'openssl has no random numbers': `[ "$1" = rand ] && exit 1; exec ${real} "$@"`,
  }
  for (const [what, openssl] of Object.entries(broken))
    it(`says so, exits 1 and writes nothing when ${what}`, () => {
      const { run, file, leftOver } = copy(openssl)
      const { status, stderr } = run()
      expect(status).toBe(1)
      expect(stderr).toMatch(/make-env\.sh: openssl .*; \.env is as it was\n$/)
      expect(existsSync(file)).toBe(false)
      expect(leftOver()).toStrictEqual([])
    })

  it('leaves an .env as it was when openssl fails', () => {
    const { run, file } = copy('exit 1')
    writeFileSync(file, 'STAFF_PASSWORD=mine\n')
    expect(run().status).toBe(1)
    expect(readFileSync(file, 'utf8')).toBe('STAFF_PASSWORD=mine\n')
  })
})
