import { Code, ConnectError } from '@connectrpc/connect'
import { afterEach, describe, expect, it } from '@jest/globals'
import {
  asCustomer,
  asNobody,
  type Services,
  startTestGateway,
  type TestGateway,
} from '#api/testing/fixtures.ts'
import { named, testSigner, testVerifier } from '#api/testing/tokens.ts'
import { followRevocations, refusingRevoked } from '#platform/auth/revocations.ts'
import { createTokenVerifier, type JSONWebKeySet } from '#platform/auth/tokens.ts'
import { silent, until } from '#platform/testing/fixtures.ts'

let gateway: TestGateway
const start = async (services: Services = {}) => {
  gateway = await startTestGateway(services)
  return gateway
}
afterEach(() => gateway.stop())

const ada = { userName: 'ada', password: 'correct horse' }
const users: Services['users'] = {
  signIn: ({ userName, password }) => {
    if (userName !== ada.userName || password !== ada.password) {
      throw new ConnectError('no', Code.Unauthenticated)
    }
    return { role: 'customer', id: '17850', userName }
  },
}

const signIn = (body: object) => gateway.send('POST', '/v1/auth/token', { body, by: asNobody })

describe('signing in', () => {
  it('gives a token that the gateway knows the caller by', async () => {
    const { send } = await start({ users })
    const { status, body } = await signIn(ada)
    expect(status).toBe(200)
    const { accessToken, ...rest } = body
    expect(rest).toStrictEqual({ tokenType: 'Bearer', expiresIn: 3_600, role: 'customer', id: '17850' })
    const headers = { Authorization: `Bearer ${String(accessToken)}` }
    const me = await send('GET', '/v1/auth/me', { headers, by: asNobody })
    expect(me.body).toStrictEqual({ role: 'customer', id: '17850' })
  })

  it('refuses a wrong password and an unknown name in the same words', async () => {
    await start({ users })
    const wrong = await signIn({ ...ada, password: 'incorrect horse' })
    const unknown = await signIn({ ...ada, userName: 'nobody' })
    expect([wrong.status, unknown.status]).toStrictEqual([401, 401])
    expect(wrong.body.detail).toBe(unknown.body.detail)
    expect(wrong.headers.get('WWW-Authenticate') ?? '').toMatch(/^Bearer/)
  })

  it('refuses a user who is disabled, and says so to who knows the password', async () => {
    await start({
      users: {
        signIn: () => {
          throw new ConnectError('disabled', Code.PermissionDenied)
        },
      },
    })
    const { status, body } = await signIn(ada)
    expect([status, body.detail]).toStrictEqual([403, 'This user is disabled. Staff can enable it.'])
  })

  it('says 503, not 401, while nobody can tell', async () => {
    await start({
      users: {
        signIn: () => {
          throw new ConnectError('away', Code.Unavailable)
        },
      },
    })
    expect((await signIn(ada)).status).toBe(503)
  })

  it('keeps no token under an idempotency key', async () => {
    const kept: unknown[] = []
    await start({
      users,
      idempotency: {
        claim: async (name) => {
          kept.push(name)
          return { kind: 'new' }
        },
        keep: async (name) => void kept.push(name),
        release: async () => {},
      },
    })
    const headers = { 'Idempotency-Key': 'one' }
    const reply = await gateway.send('POST', '/v1/auth/token', { body: ada, headers, by: asNobody })
    expect(reply.status).toBe(200)
    expect(kept).toStrictEqual([])
  })
})

describe('tokens', () => {
  it('are checked by anybody with the published keys, which others may cache', async () => {
    const { send } = await start({ users })
    const { body: keys, headers } = await send('GET', '/.well-known/jwks.json', { by: asNobody })
    expect(headers.get('Cache-Control') ?? '').toMatch(/^public, max-age=/)
    const issuers = [{ issuer: named.issuer, keys: keys as unknown as JSONWebKeySet }]
    const { verify } = createTokenVerifier({ audience: named.audience, issuers })
    const { body } = await signIn(ada)
    expect((await verify(String(body.accessToken)))?.sub).toBe('17850')
  })

  it('do not count once they were revoked, and are told from those of other names', async () => {
    const revocations = followRevocations({
      issuer: named.issuer,
      ask: async () => [{ userName: 'ada', revokedAt: new Date() }],
      logger: silent,
    })
    try {
      const { send } = await start({ users, verifier: refusingRevoked(testVerifier, revocations) })
      const { body } = await signIn(ada)
      const me = async (token: unknown) => {
        const headers = { Authorization: `Bearer ${String(token)}` }
        return (await send('GET', '/v1/auth/me', { headers, by: asNobody })).status
      }
      await until('it is refused', async () => (await me(body.accessToken)) === 401)
      const claims = { sub: '17850', role: 'customer', preferred_username: 'ada@example.com' }
      expect(await me(await testSigner.sign(claims))).toBe(200)
    } finally {
      await revocations.stop()
    }
  })

  it('say who asks, and without one nobody does', async () => {
    const { send } = await start()
    const me = await send('GET', '/v1/auth/me', { by: asCustomer('13047') })
    expect(me.body).toStrictEqual({ role: 'customer', id: '13047' })
    const nobody = await send('GET', '/v1/auth/me', { by: asNobody })
    expect(nobody.status).toBe(401)
    expect(nobody.headers.get('WWW-Authenticate')).toBe('Bearer realm="order-saga"')
    const headers = { Authorization: 'Bearer a.b.c' }
    const bad = await send('GET', '/v1/auth/me', { headers, by: asNobody })
    expect(bad.headers.get('WWW-Authenticate') ?? '').toMatch(/error="invalid_token"/)
  })

  it('without a role that we know are nobody’s', async () => {
    const { send } = await start()
    for (const claims of [{ sub: 'ann' }, { sub: 'ann', role: 'owner' }, { sub: '', role: 'staff' }]) {
      const headers = { Authorization: `Bearer ${await testSigner.sign(claims)}` }
      expect((await send('GET', '/v1/auth/me', { headers, by: asNobody })).status).toBe(401)
    }
  })

  it('of an issuer whose keys cannot be had are answered with 503', async () => {
    const issuers = [{ issuer: named.issuer, keys: new URL('http://127.0.0.1:1/jwks.json') }]
    const { send } = await start({ verifier: createTokenVerifier({ audience: named.audience, issuers }) })
    const { status, headers } = await send('GET', '/v1/auth/me', { by: asCustomer('17850') })
    expect(status).toBe(503)
    expect(headers.get('Retry-After')).toBe('2')
  })
})
