import { createPrivateKey, createPublicKey } from 'node:crypto'
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  SignJWT,
} from 'jose'
import { reasonOf } from '../process/logger.ts'

export type { JSONWebKeySet } from 'jose'
export type TokenClaims = JWTPayload

export type TokenSigner = {
  /** A token for `lifetime`; other claims stand beside the registered ones. */
  sign(claims: { sub: string; [claim: string]: unknown }): Promise<string>
  /** What others check our tokens by. */
  publicKeys(): JSONWebKeySet
  /** In ms. */
  lifetime: number
}

type SignerOptions = {
  /** PKCS#8, Ed25519. Newlines may stand as \n, as environments have them. */
  privateKeyPem: string
  issuer: string
  audience: string
  /** In ms. */
  lifetime: number
  clock?: () => Date
}

/** Throws when the key is none, or not Ed25519; the error does not show it. */
export async function createTokenSigner(options: SignerOptions): Promise<TokenSigner> {
  const { issuer, audience, lifetime, clock = () => new Date() } = options
  const key = readPrivateKey(options.privateKeyPem)
  const jwk = createPublicKey(key).export({ format: 'jwk' })
  const kid = await calculateJwkThumbprint(jwk)
  return {
    lifetime,
    publicKeys: () => ({ keys: [{ ...jwk, kid, alg: 'EdDSA', use: 'sig' }] }),
    sign(claims) {
      const now = clock().getTime()
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(new Date(now))
        .setExpirationTime(new Date(now + lifetime))
        .sign(key)
    },
  }
}

function readPrivateKey(pem: string) {
  const key = privateKeyOf(pem.replaceAll('\\n', '\n'))
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new Error('the private key for tokens must be Ed25519 in PKCS#8 PEM')
  }
  return key
}

function privateKeyOf(pem: string) {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** An issuer's keys cannot be had, so nobody can tell whether its token is good. */
export class KeysAway extends Error {
  override name = 'KeysAway'
}

/** The claims of a good token, else undefined. Throws `KeysAway`. */
export type TokenVerifier = { verify(token: string): Promise<TokenClaims | undefined> }

/** `keys` is a key set (of public keys), or where the issuer publishes it. */
export type TrustedIssuer = { issuer: string; keys: JSONWebKeySet | URL }

type VerifierOptions = {
  audience: string
  issuers: TrustedIssuer[]
  clock?: () => Date
  /** After this time a published key set is asked for again, in ms. */
  keysFreshFor?: number
}

/** Asymmetric alone: with HS256 whoever knows the public key could sign. */
const algorithms = ['EdDSA', 'ES256', 'RS256']
const CLOCKS_MAY_DIFFER = '5s'

/** Checks tokens of the named issuers, for the audience. */
export function createTokenVerifier(options: VerifierOptions): TokenVerifier {
  const { audience, issuers, clock = () => new Date(), keysFreshFor = 600_000 } = options
  const keysOf = new Map(
    issuers.map(({ issuer, keys }) => [
      issuer,
      keys instanceof URL ? publishedKeys(keys, keysFreshFor) : createLocalJWKSet(keys),
    ]),
  )
  return {
    async verify(token) {
      try {
        const { iss: issuer = '' } = decodeJwt(token)
        const keys = keysOf.get(issuer)
        if (!keys) return undefined
        const { payload } = await jwtVerify(token, keys, {
          issuer,
          audience,
          algorithms,
          clockTolerance: CLOCKS_MAY_DIFFER,
          currentDate: clock(),
          requiredClaims: ['exp'],
        })
        return payload
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}

/** Fetched when first needed, and then kept: while their publisher is away, the last known ones go on. */
function publishedKeys(url: URL, freshFor: number): JWTVerifyGetKey {
  const published = createRemoteJWKSet(url, { timeoutDuration: 2_000, cacheMaxAge: freshFor })
  return async (header, token) => {
    try {
      return await published(header, token)
    } catch (error) {
      if (isNoMatch(error)) throw error
      const known = published.jwks()
      if (!known) throw new KeysAway(`no keys at ${url.origin}: ${reasonOf(error)}`, { cause: error })
      return createLocalJWKSet(known)(header, token)
    }
  }
}

/** The keys are there, but none is for this token; all else in there is the publisher's fault. */
const isNoMatch = (error: unknown) =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported
