import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { against, ok, refused, run, startGateway } from '../fixtures.ts'

const bob = { role: 'customer', id: '17850' }
/** A token as far as anybody can read it without a key. */
const tokenOf = ({ role, id }: typeof bob) =>
  ['{"alg":"EdDSA"}', JSON.stringify({ sub: id, role }), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
const signedIn = ok({ accessToken: tokenOf(bob), tokenType: 'Bearer', expiresIn: 3_600, ...bob })
const wrongPassword = refused({
  problem: 'unauthenticated',
  detail: 'The user name or the password is wrong.',
})
const notSignedIn = refused({ problem: 'unauthenticated', detail: 'Sign in at POST /v1/auth/token.' })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-saga-sign-in-'))
})
afterAll(() => rm(folder, { recursive: true }))

const nobody = () => ({ ORDER_SAGA_TOKEN: '', GATEWAY_PASSWORD: '', XDG_STATE_HOME: folder })
const kept = () => join(folder, 'order-saga', 'tokens.json')

describe('login', () => {
  it('keeps the token in a file that its owner alone can read, and not the password', async () => {
    await mkdir(join(folder, 'order-saga'))
    await writeFile(kept(), '{}')
    await chmod(kept(), 0o644)
    const { exitCode, stdout, asked } = await against(() => signedIn, ['login', '17850'], {
      env: nobody(),
      input: 'secret\n',
    })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(
      /^signed in as customer 17850 until \d{4}-\d\d-\d\d .*; the token is in .*tokens\.json\n$/,
    )
    expect(asked).toStrictEqual([
      { method: 'POST', url: '/v1/auth/token', body: { userName: '17850', password: 'secret' } },
    ])
    expect((await stat(kept())).mode & 0o777).toBe(0o600)
    const text = await readFile(kept(), 'utf8')
    expect(text.includes(tokenOf(bob)) && !text.includes('secret')).toBeTruthy()
  })

  it('asks for the user, too, when none is named', async () => {
    const { asked } = await against(() => signedIn, ['login', '--json'], {
      env: nobody(),
      input: 'ann\nsecret\n',
    })
    expect(asked[0]?.body).toStrictEqual({ userName: 'ann', password: 'secret' })
  })

  it('exits 1 when the password is wrong, 2 without one, 3 when the gateway is away', async () => {
    const wrong = await against(() => wrongPassword, ['login', 'bob'], { env: nobody(), input: 'x\n' })
    expect([wrong.exitCode, wrong.stderr]).toStrictEqual([
      1,
      'order-saga: bob cannot sign in: the user name or the password is wrong\n',
    ])
    expect((await against(() => signedIn, ['login', 'bob'], { env: nobody() })).exitCode).toBe(2)
    const away = { ...nobody(), GATEWAY_URL: 'http://127.0.0.1:1' }
    expect((await run(['login', 'bob'], away, { input: 'x\n' })).exitCode).toBe(3)
  })
})

describe('who the gateway is asked as', () => {
  const list = ok({ orders: [], nextCursor: null })
  /** What the gateway heard in the header of each request. */
  const heard = async (env: NodeJS.ProcessEnv, args = ['orders', 'list']) => {
    const done = await against(({ url }) => (url === '/v1/auth/token' ? signedIn : list), args, { env })
    return done.headers.map(({ authorization }) => authorization)
  }

  it('ORDER_SAGA_TOKEN comes first', async () => {
    expect(
      await heard({ ORDER_SAGA_TOKEN: 'mine', GATEWAY_USER: 'ann', GATEWAY_PASSWORD: 'x' }),
    ).toStrictEqual(['Bearer mine'])
  })

  it('then GATEWAY_USER signs in, once for all that a command asks', async () => {
    const env = { ...nobody(), GATEWAY_USER: 'ann', GATEWAY_PASSWORD: 'secret' }
    expect(await heard(env)).toStrictEqual([undefined, `Bearer ${tokenOf(bob)}`])
  })

  it('then whoever logged in at this very gateway', async () => {
    const requests: (string | undefined)[] = []
    const answer = ({ url }: { url: string | undefined }) => (url === '/v1/auth/token' ? signedIn : list)
    const { url, headers, stop } = await startGateway(answer)
    try {
      await run(['login', '17850'], { ...nobody(), GATEWAY_URL: url }, { input: 'secret\n' })
      await run(['orders', 'list'], { ...nobody(), GATEWAY_URL: url })
      requests.push(...headers.map(({ authorization }) => authorization))
      await run(['logout'], { ...nobody(), GATEWAY_URL: url })
      await run(['orders', 'list'], { ...nobody(), GATEWAY_URL: url })
    } finally {
      await stop()
    }
    expect(requests).toStrictEqual([undefined, `Bearer ${tokenOf(bob)}`])
    expect(headers.at(-1)?.authorization).toBeUndefined()
    expect(await heard(nobody())).toStrictEqual([undefined])
  })

  it('nobody is told how to sign in', async () => {
    const { exitCode, stderr } = await against(() => notSignedIn, ['orders', 'list'], { env: nobody() })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /^order-saga: you are not signed in: run "order-saga login", or set ORDER_SAGA_TOKEN\n$/,
    )
  })

  it('a token that is no longer good is named by where it came from', async () => {
    const { stderr } = await against(() => notSignedIn, ['orders', 'list'])
    expect(stderr).toMatch(/the gateway does not take ORDER_SAGA_TOKEN/)
  })

  it('whoever may not do it hears who they are', async () => {
    const { exitCode, stderr } = await against(
      () => refused({ problem: 'forbidden', detail: 'This is for staff.' }),
      ['mails'],
      { env: { ORDER_SAGA_TOKEN: tokenOf(bob) } },
    )
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /This is for staff\. You are customer 17850; "order-saga login" makes you somebody else\.\n$/,
    )
  })

  it('whoami tells as whom the gateway sees one', async () => {
    const { stdout } = await against(() => ok(bob), ['whoami'])
    expect(stdout).toBe('customer 17850\n')
  })
})
