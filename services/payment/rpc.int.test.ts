import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { PaymentService } from '#generated/proto/payment/v1/payment_pb.ts'
import { closeRpcTransports, type RpcServer, rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { ensure, satisfying } from '#platform/testing/expect.ts'
import { randomName, silent } from '#platform/testing/fixtures.ts'
import { everythingOf, newCharge, startPaymentService } from './fixtures.ts'
import { paymentRoutes } from './rpc.ts'

let service: Awaited<ReturnType<typeof startPaymentService>>
let server: RpcServer
let payment: Client<typeof PaymentService>

beforeAll(async () => {
  service = await startPaymentService()
  server = await serveRpc({ port: 0, routes: paymentRoutes(service.store), logger: silent })
  payment = createClient(PaymentService, rpcTransport(`http://127.0.0.1:${server.port}`))
})
afterAll(async () => {
  closeRpcTransports()
  await server.stop()
  await service.drop()
})

const refusal = (code: Code, message: RegExp) => (error: unknown) => {
  ensure(error instanceof ConnectError)
  expect(Code[error.code]).toBe(Code[code])
  expect(error.rawMessage).toMatch(message)
  return true
}

test('opens an account once and answers it as it is', async () => {
  const customerId = randomName('customer')
  const { account } = await payment.createAccount({ customerId, currency: 'GBP' })
  expect([account?.customerId, account?.currency, account?.balance]).toStrictEqual([customerId, 'GBP', 0n])
  await payment.topUp({ customerId, amount: 250n, key: 'a' })
  const again = await payment.createAccount({ customerId, currency: 'GBP' })
  expect(again.account?.balance).toBe(250n)
  expect((await payment.getAccount({ customerId })).account).toStrictEqual(again.account)
})

test('a repeated top-up answers the same transfer; the key does not serve for another amount', async () => {
  const customerId = randomName('customer')
  await payment.createAccount({ customerId, currency: 'GBP' })
  const first = await payment.topUp({ customerId, amount: 250n, key: 'a' })
  expect(await payment.topUp({ customerId, amount: 250n, key: 'a' })).toStrictEqual(first)
  await expect(payment.topUp({ customerId, amount: 251n, key: 'a' })).rejects.toThrow(
    satisfying(refusal(Code.AlreadyExists, /^key: was used for another amount$/)),
  )
  await expect(payment.topUp({ customerId: 'nobody', amount: 250n, key: 'a' })).rejects.toThrow(
    satisfying(refusal(Code.NotFound, /^customer_id: there is no account of nobody$/)),
  )
})

test('says which field is wrong', async () => {
  const topUp = { customerId: 'c', amount: 1n, key: 'a' }
  for (const amount of [0n, -1n, 1_000_000_000_001n, 2n ** 63n - 1n]) {
    await expect(payment.topUp({ ...topUp, amount })).rejects.toThrow(
      satisfying(refusal(Code.InvalidArgument, /^amount: must be/)),
    )
  }
  await expect(payment.topUp({ ...topUp, key: '' })).rejects.toThrow(
    satisfying(refusal(Code.InvalidArgument, /^key: must be/)),
  )
  await expect(payment.createAccount({ customerId: 'a b', currency: 'EUR' })).rejects.toThrow(
    satisfying(refusal(Code.InvalidArgument, /^customer_id: must be .*; currency: must be GBP$/)),
  )
  await expect(payment.listEntries({ customerId: 'c', pageSize: 201, cursor: 'x' })).rejects.toThrow(
    satisfying(refusal(Code.InvalidArgument, /^page_size: must be .*; cursor: must be/)),
  )
  await expect(payment.getAccount({ customerId: 'nobody' })).rejects.toThrow(
    satisfying(refusal(Code.NotFound, /nobody/)),
  )
})

test('lists what moved, newest first, page by page', async () => {
  const customerId = randomName('customer')
  await payment.createAccount({ customerId, currency: 'GBP' })
  for (const key of ['a', 'b', 'c']) await payment.topUp({ customerId, amount: 100n, key })
  const charge = newCharge(customerId, 120)
  await service.store.chargeOrder(charge)
  await service.store.refundOrder(everythingOf(charge))

  const pages: bigint[][] = []
  const kinds: string[] = []
  let cursor = ''
  do {
    const page = await payment.listEntries({ customerId, pageSize: 2, cursor })
    pages.push(page.entries.map(({ amount }) => amount))
    kinds.push(
      ...page.entries.map(({ kind, orderId }) => (orderId === charge.orderId ? kind : `${kind}${orderId}`)),
    )
    cursor = page.nextCursor
  } while (cursor !== '')
  expect(pages).toStrictEqual([[120n, -120n], [100n, 100n], [100n]])
  expect(kinds).toStrictEqual(['refund', 'charge', 'top_up', 'top_up', 'top_up'])
})

test('lists accounts by customer, page by page, and no account of the house', async () => {
  const ids = Array.from({ length: 5 }, () => randomName('zz-listed'))
  for (const customerId of ids) await payment.createAccount({ customerId, currency: 'GBP' })
  const found: string[] = []
  let cursor = ''
  do {
    const page = await payment.listAccounts({ pageSize: 2, cursor })
    expect(page.accounts.length).toBeLessThanOrEqual(2)
    found.push(...page.accounts.map(({ customerId }) => customerId))
    cursor = page.nextCursor
  } while (cursor !== '')
  expect(found.includes('')).toBeFalsy()
  expect(new Set(found).size).toBe(found.length)
  expect(found.filter((id) => id.startsWith('zz-listed')).sort()).toStrictEqual([...ids].sort())
  await expect(payment.listAccounts({ cursor: 'x' })).rejects.toThrow(
    satisfying(refusal(Code.InvalidArgument, /cursor/)),
  )
})
