import type { z } from 'zod'
import type { CallerView, TokenView } from '#contracts/rest/users.ts'
import { userNameClaim } from '#platform/auth/revocations.ts'
import type { TokenSigner } from '#platform/auth/tokens.ts'

type Token = z.output<typeof TokenView>

type Known = z.output<typeof CallerView> & { userName: string }

/** What somebody who may sign in is given. It says under which name, so that it can be revoked. */
export const tokenFor = async (signer: TokenSigner, { role, id, userName }: Known): Promise<Token> => ({
  accessToken: await signer.sign({ sub: id, role, [userNameClaim]: userName }),
  tokenType: 'Bearer',
  expiresIn: Math.floor(signer.lifetime / 1_000),
  role,
  id,
})

export const exampleToken: Token = {
  accessToken: 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxNzg1MCJ9.c2lnbmF0dXJl',
  tokenType: 'Bearer',
  expiresIn: 3_600,
  role: 'customer',
  id: '17850',
}
