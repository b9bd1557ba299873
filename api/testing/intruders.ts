// Tokens that must open nothing: each is right for staff in all but one thing.
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SignJWT, UnsecuredJWT } from 'jose'
import { named, testKeys } from './tokens.ts'

const hour = 3_600
const seconds = () => Math.floor(Date.now() / 1_000)
const claims = (changes: object = {}) => ({
  sub: 'ann',
  role: 'staff',
  iss: named.issuer,
  aud: named.audience,
  iat: seconds(),
  exp: seconds() + hour,
  ...changes,
})
const signed = (changes?: object, key: KeyObject | Uint8Array = testKeys.privateKey, alg = 'EdDSA') =>
  new SignJWT(claims(changes)).setProtectedHeader({ alg }).sign(key)

const publicPem = testKeys.publicKey.export({ type: 'spki', format: 'pem' })

export const badTokens: Record<string, string> = {
  garbage: 'garbage',
  expired: await signed({ exp: seconds() - hour }),
  'signed as HS256 with the public key': await signed({}, Buffer.from(publicPem), 'HS256'),
  'not signed (`none`)': new UnsecuredJWT(claims()).encode(),
  'for another audience': await signed({ aud: 'another' }),
  'of another issuer': await signed({ iss: 'https://elsewhere.example' }),
  'signed with a foreign key': await signed({}, generateKeyPairSync('ed25519').privateKey),
}

/** The same token with nothing wrong, so that it is known what the others are refused for. */
export const goodToken = await signed()
