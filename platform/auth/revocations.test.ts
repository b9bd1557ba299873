import { afterEach, describe, expect, it } from '@jest/globals'
import { silent, until } from '../testing/fixtures.ts'
import { followRevocations, type Revocation, type Revocations, refusingRevoked } from './revocations.ts'

const issuer = 'order-saga'
const at = new Date('2026-01-01T00:00:00Z')
const claims = (second: number, user = 'ada', iss = issuer) => ({
  iss,
  iat: at.getTime() / 1_000 + second,
  preferred_username: user,
})

let revocations: Revocations | undefined
afterEach(() => revocations?.stop())

const following = (ask: () => Promise<Revocation[]>) =>
  (revocations = followRevocations({ issuer, ask, every: 10, logger: silent }))

describe('a token', () => {
  it('from before its user was disabled does not count, and one from after does', async () => {
    const { isRevoked } = following(async () => [{ userName: 'ada', revokedAt: at }])
    await until('it is known', async () => isRevoked(claims(-60)))
    // The clocks may differ a little.
    expect([isRevoked(claims(2)), isRevoked(claims(6))]).toStrictEqual([true, false])
    expect(isRevoked(claims(-60, 'bob'))).toBe(false)
    expect(isRevoked(claims(-60, 'ada', 'https://elsewhere.example'))).toBe(false)
    expect(isRevoked({ iss: issuer, iat: 0 })).toBe(false)
    const verifier = refusingRevoked({ verify: async () => claims(-60) }, { isRevoked })
    expect(await verifier.verify('any')).toBeUndefined()
  })

  it('that was revoked stays so while nobody can be asked, and is found revoked once somebody can', async () => {
    let asked = 0
    const { isRevoked } = following(async () => {
      asked++
      if (asked === 2) return [{ userName: 'ada', revokedAt: at }]
      throw new Error('away')
    })
    await until('it is known', async () => isRevoked(claims(-60)))
    await until('it was asked again', async () => asked > 4)
    expect(isRevoked(claims(-60))).toBe(true)
  })
})
