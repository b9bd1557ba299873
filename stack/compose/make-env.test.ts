import assert from 'node:assert/strict'
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
import { describe, it, type TestContext } from 'node:test'
import { parseEnv } from 'node:util'
import { createTokenSigner } from '#platform/auth/tokens.ts'

/** A copy of the script; `openssl` is the text of the program of that name, '' for none, undefined for the machine's. */
function copy(t: TestContext, openssl?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'order-saga-env-'))
  t.after(() => rmSync(folder, { recursive: true }))
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
  it('writes every secret that docker-compose.yml asks for, each another one, and a key that signs', async (t) => {
    const { run, file } = copy(t)
    assert.equal(run().status, 0)
    const written = readFileSync(file, 'utf8')
    for (const line of written.trim().split('\n')) assert.match(line, /^[A-Z_]+=\S/)
    const secrets = parseEnv(written)
    const compose = readFileSync('docker-compose.yml', 'utf8')
    for (const [, name = ''] of compose.matchAll(/\$\{([A-Z_]+):\?/g)) assert.ok(secrets[name], name)
    assert.equal(new Set(Object.values(secrets)).size, Object.keys(secrets).length)
    const privateKeyPem = secrets.TOKEN_PRIVATE_KEY ?? ''
    await createTokenSigner({ issuer: 'a', audience: 'b', privateKeyPem, lifetime: 1_000 })
    assert.equal(statSync(file).mode & 0o077, 0, 'nobody else may read it')
  })

  it('keeps what is in .env, and adds what is missing', (t) => {
    const { run, file } = copy(t)
    writeFileSync(
      file,
      'PUBLIC_PORT=9000\nSTAFF_PASSWORD=chosen by hand\nDEMO_PASSWORD=\nTOKEN_PRIVATE_KEY=mine',
    )
    assert.equal(run().status, 0)
    const first = readFileSync(file, 'utf8')
    const { PUBLIC_PORT, STAFF_PASSWORD, TOKEN_PRIVATE_KEY, DEMO_PASSWORD } = parseEnv(first)
    assert.deepEqual([PUBLIC_PORT, STAFF_PASSWORD, TOKEN_PRIVATE_KEY], ['9000', 'chosen by hand', 'mine'])
    assert.match(DEMO_PASSWORD ?? '', /^[0-9a-f]{32}$/)

    const again = run()
    assert.equal(again.status, 0)
    assert.match(again.stderr, /nothing is changed/)
    assert.equal(readFileSync(file, 'utf8'), first)
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
    it(`says so, exits 1 and writes nothing when ${what}`, (t) => {
      const { run, file, leftOver } = copy(t, openssl)
      const { status, stderr } = run()
      assert.equal(status, 1)
      assert.match(stderr, /make-env\.sh: openssl .*; \.env is as it was\n$/)
      assert.equal(existsSync(file), false)
      assert.deepEqual(leftOver(), [])
    })

  it('leaves an .env as it was when openssl fails', (t) => {
    const { run, file } = copy(t, 'exit 1')
    writeFileSync(file, 'STAFF_PASSWORD=mine\n')
    assert.equal(run().status, 1)
    assert.equal(readFileSync(file, 'utf8'), 'STAFF_PASSWORD=mine\n')
  })
})
