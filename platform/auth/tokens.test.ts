import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose'
import { about, ensure } from '#platform/testing/expect.ts'
import { createTokenSigner, createTokenVerifier, type JSONWebKeySet, KeysAway } from './tokens.ts'

const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string
const newKey = () => generateKeyPairSync('ed25519')
const ours = newKey()

const claims = { sub: 'ann', role: 'guest' }
const named = { issuer: 'home', audience: 'api' }
const now = new Date('2010-12-01T08:26:00Z')
const later = (seconds: number) => () => new Date(now.getTime() + seconds * 1_000)

const signer = await createTokenSigner({
  ...named,
  privateKeyPem: pemOf(ours.privateKey),
  lifetime: 60_000,
  clock: () => now,
})
const verifierAt = (clock: () => Date) =>
  createTokenVerifier({
    audience: 'api',
    issuers: [{ issuer: 'home', keys: signer.publicKeys() }],
    clock,
  })
const verifier = verifierAt(later(1))

/** A token that is right in all but what a test changes. */
const token = (changes: { iss?: string; aud?: string; exp?: number | null } = {}) => {
  const { iss = 'home', aud = 'api', exp = now.getTime() / 1_000 + 60 } = changes
  return new SignJWT({ ...claims, iss, aud, ...(exp !== null && { exp }) })
}
const signed = (jwt: SignJWT, key: KeyObject | Uint8Array = ours.privateKey, alg = 'EdDSA') =>
  jwt.setProtectedHeader({ alg }).sign(key)

describe('a token', () => {
  it('is good for its lifetime, and five seconds for clocks that differ', async () => {
    const mine = await signer.sign(claims)
    const good = await verifier.verify(mine)
    expect([good?.sub, good?.role, good?.iss, good?.aud]).toStrictEqual(['ann', 'guest', 'home', 'api'])
    expect(await verifierAt(later(64)).verify(mine)).toBeTruthy()
    expect(await verifierAt(later(66)).verify(mine)).toBeUndefined()
  })

  it('is signed by a key that its thumbprint names, which may have been given with \\n for newlines', async () => {
    const again = await createTokenSigner({
      ...named,
      privateKeyPem: pemOf(ours.privateKey).replaceAll('\n', '\\n'),
      lifetime: 60_000,
    })
    expect(again.publicKeys()).toStrictEqual(signer.publicKeys())
    const [key] = signer.publicKeys().keys
    expect(String(key?.kid)).toMatch(/^[\w-]{43}$/)
    expect(key?.d).toBeUndefined()
  })

  it('is refused when it is not for us, of another issuer, without an end, or of a foreign key', async () => {
    ensure(await verifier.verify(await signed(token())), 'all else being equal it is good')
    const { privateKey: foreign } = newKey()
    const refused = {
      garbage: 'no.token.here',
      empty: '',
      audience: await signed(token({ aud: 'another' })),
      issuer: await signed(token({ iss: 'elsewhere' })),
      endless: await signed(token({ exp: null })),
      foreign: await signed(token(), foreign),
      changed: (await signer.sign(claims)).replace(/\.[^.]+\./, `.${tampered()}.`),
    }
    for (const [what, wrong] of Object.entries(refused)) {
      await about(what, async () => expect(await verifier.verify(wrong)).toBeUndefined())
    }
  })

  it('is refused without a signature, and when it is signed by our public key as if that were a secret', async () => {
    const pem = ours.publicKey.export({ type: 'spki', format: 'pem' })
    const unsigned = new UnsecuredJWT({ ...claims, iss: 'home', aud: 'api', exp: now.getTime() / 1_000 + 60 })
    expect(await verifier.verify(unsigned.encode())).toBeUndefined()
    expect(await verifier.verify(await signed(token(), Buffer.from(pem), 'HS256'))).toBeUndefined()
  })
})

const tampered = () =>
  Buffer.from(
    JSON.stringify({ ...claims, role: 'host', iss: 'home', aud: 'api', exp: now.getTime() / 1_000 + 60 }),
  ).toString('base64url')

describe('a private key', () => {
  it('must be Ed25519, and is not shown when it is not', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    for (const privateKeyPem of [pemOf(privateKey), 'secret stuff']) {
      const start = createTokenSigner({ ...named, privateKeyPem, lifetime: 1 })
      await expect(start).rejects.toMatchObject({
        message: 'the private key for tokens must be Ed25519 in PKCS#8 PEM',
      })
    }
  })
})

describe('the keys of an issuer elsewhere', () => {
  const partner = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const partnersToken = () => token({ iss: 'partner' }).setProtectedHeader({ alg: 'ES256', kid: 'one' })

  it('are fetched once and kept, also while their server is away', async () => {
    await using server = await serveKeys({
      keys: [{ ...(await exportJWK(partner.publicKey)), kid: 'one', alg: 'ES256' }],
    })
    const { verify } = createTokenVerifier({
      audience: 'api',
      issuers: [
        { issuer: 'home', keys: signer.publicKeys() },
        { issuer: 'partner', keys: server.url },
      ],
      clock: later(1),
      keysFreshFor: 0,
    })
    const good = await partnersToken().sign(partner.privateKey)
    expect((await verify(good))?.sub).toBe('ann')
    ensure(await verify(await signer.sign(claims)), 'ours are good beside them')
    await server.stop()
    expect((await verify(good))?.sub).toBe('ann')
    const forged = await partnersToken().sign(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
    expect(await verify(forged)).toBeUndefined()
    expect(
      await verify(
        await token({ iss: 'partner' }).setProtectedHeader({ alg: 'EdDSA' }).sign(ours.privateKey),
      ),
    ).toBeUndefined()
  })

  it('that were never to be had are a fault, not a bad token', async () => {
    const server = await serveKeys({ keys: [] })
    await server.stop()
    const { verify } = createTokenVerifier({
      audience: 'api',
      issuers: [{ issuer: 'partner', keys: server.url }],
      clock: later(1),
    })
    await expect(verify(await partnersToken().sign(partner.privateKey))).rejects.toThrow(KeysAway)
  })

  it('that are no key set are a fault, too, until they are right', async () => {
    await using server = await serveKeys({ error: 'starting' })
    const { verify } = createTokenVerifier({
      audience: 'api',
      issuers: [{ issuer: 'partner', keys: server.url }],
      clock: later(1),
    })
    const good = await partnersToken().sign(partner.privateKey)
    await expect(verify(good)).rejects.toThrow(KeysAway)
    server.publish({ keys: [{ ...(await exportJWK(partner.publicKey)), kid: 'one' }] })
    expect((await verify(good))?.sub).toBe('ann')
  })
})

async function serveKeys(first: JSONWebKeySet | { error: string }) {
  let published: object = first
  const server = createServer((_request, response) => {
    response.setHeader('Connection', 'close').end(JSON.stringify(published))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    if (server.listening) await once(server.close(), 'close')
  }
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`),
    publish: (keys: JSONWebKeySet) => void (published = keys),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
