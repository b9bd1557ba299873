import type { z } from 'zod'
import type { CallerView, TokenView } from '#contracts/rest/users.ts'
import type { TokenSigner } from '#platform/auth/tokens.ts'

type Token = z.output<typeof TokenView>

/** What somebody who may sign in is given. */
export const tokenFor = async (signer: TokenSigner, known: z.output<typeof CallerView>): Promise<Token> => ({
  accessToken: await signer.sign({ sub: known.id, role: known.role }),
  tokenType: 'Bearer',
  expiresIn: Math.floor(signer.lifetime / 1_000),
  ...known,
})

export const exampleToken: Token = {
  accessToken: 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxNzg1MCJ9.c2lnbmF0dXJl',
  tokenType: 'Bearer',
  expiresIn: 3_600,
  role: 'customer',
  id: '17850',
}
