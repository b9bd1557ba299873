import { timestampDate } from '@bufbuild/protobuf/wkt'
import type { Client } from '@connectrpc/connect'
import type { UserService } from '#generated/proto/customer/v1/customer_pb.ts'
import type { Revocation } from '#platform/auth/revocations.ts'

/** Whose tokens were revoked, as the customer service knows it; of shards that do not answer, nothing. */
export const askRevocations =
  (users: Pick<Client<typeof UserService>, 'listRevocations'>) => async (): Promise<Revocation[]> => {
    const { revocations } = await users.listRevocations({})
    return revocations.map(({ userName, revokedAt }) => {
      if (!revokedAt) throw new Error(`the customer service did not say when ${userName} was revoked`)
      return { userName, revokedAt: timestampDate(revokedAt) }
    })
  }
