// Who sends a test's requests, and the keys that their tokens are signed with.
import { generateKeyPairSync } from 'node:crypto'
import { createTokenSigner, createTokenVerifier } from '#platform/auth/tokens.ts'
import type { Caller } from '../http/auth.ts'

export const asStaff: Caller = { role: 'staff', id: 'ann' }
export const asCustomer = (id: string): Caller => ({ role: 'customer', id })
/** Without a token. */
export const asNobody = 'nobody'
export type Sender = Caller | typeof asNobody

export const named = { issuer: 'order-saga', audience: 'order-saga' }
export const testKeys = generateKeyPairSync('ed25519')

export const testSigner = await createTokenSigner({
  ...named,
  privateKeyPem: testKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  lifetime: 3_600_000,
})

export const testVerifier = createTokenVerifier({
  audience: named.audience,
  issuers: [{ issuer: named.issuer, keys: testSigner.publicKeys() }],
})

/** The header by which they are known. */
export async function authorization(by: Sender): Promise<{ Authorization?: string }> {
  if (by === asNobody) return {}
  return { Authorization: `Bearer ${await testSigner.sign({ sub: by.id, role: by.role })}` }
}
