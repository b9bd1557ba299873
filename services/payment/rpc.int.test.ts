import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect'
import { PaymentService } from '#generated/proto/payment/v1/payment_pb.ts'
import { closeRpcTransports, type RpcServer, rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { randomName, silent } from '#platform/testing/fixtures.ts'
import { everythingOf, newCharge, startPaymentService } from './fixtures.ts'
import { paymentRoutes } from './rpc.ts'

let service: Awaited<ReturnType<typeof startPaymentService>>
let server: RpcServer
let payment: Client<typeof PaymentService>

before(async () => {
  service = await startPaymentService()
  server = await serveRpc({ port: 0, routes: paymentRoutes(service.store), logger: silent })
  payment = createClient(PaymentService, rpcTransport(`http://127.0.0.1:${server.port}`))
})
after(async () => {
  closeRpcTransports()
  await server.stop()
  await service.drop()
})

const refusal = (code: Code, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ConnectError)
  assert.equal(Code[error.code], Code[code])
  assert.match(error.rawMessage, message)
  return true
}

test('opens an account once and answers it as it is', async () => {
  const customerId = randomName('customer')
  const { account } = await payment.createAccount({ customerId, currency: 'GBP' })
  assert.deepEqual([account?.customerId, account?.currency, account?.balance], [customerId, 'GBP', 0n])
  await payment.topUp({ customerId, amount: 250n, key: 'a' })
  const again = await payment.createAccount({ customerId, currency: 'GBP' })
  assert.equal(again.account?.balance, 250n)
  assert.deepEqual((await payment.getAccount({ customerId })).account, again.account)
})

test('a repeated top-up answers the same transfer; the key does not serve for another amount', async () => {
  const customerId = randomName('customer')
  await payment.createAccount({ customerId, currency: 'GBP' })
  const first = await payment.topUp({ customerId, amount: 250n, key: 'a' })
  assert.deepEqual(await payment.topUp({ customerId, amount: 250n, key: 'a' }), first)
  await assert.rejects(
    payment.topUp({ customerId, amount: 251n, key: 'a' }),
    refusal(Code.AlreadyExists, /^key: was used for another amount$/),
  )
  await assert.rejects(
    payment.topUp({ customerId: 'nobody', amount: 250n, key: 'a' }),
    refusal(Code.NotFound, /^customer_id: there is no account of nobody$/),
  )
})

test('says which field is wrong', async () => {
  const topUp = { customerId: 'c', amount: 1n, key: 'a' }
  for (const amount of [0n, -1n, 1_000_000_000_001n, 2n ** 63n - 1n]) {
    await assert.rejects(
      payment.topUp({ ...topUp, amount }),
      refusal(Code.InvalidArgument, /^amount: must be/),
    )
  }
  await assert.rejects(payment.topUp({ ...topUp, key: '' }), refusal(Code.InvalidArgument, /^key: must be/))
  await assert.rejects(
    payment.createAccount({ customerId: 'a b', currency: 'EUR' }),
    refusal(Code.InvalidArgument, /^customer_id: must be .*; currency: must be GBP$/),
  )
  await assert.rejects(
    payment.listEntries({ customerId: 'c', pageSize: 201, cursor: 'x' }),
    refusal(Code.InvalidArgument, /^page_size: must be .*; cursor: must be/),
  )
  await assert.rejects(payment.getAccount({ customerId: 'nobody' }), refusal(Code.NotFound, /nobody/))
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
  assert.deepEqual(pages, [[120n, -120n], [100n, 100n], [100n]])
  assert.deepEqual(kinds, ['refund', 'charge', 'top_up', 'top_up', 'top_up'])
})

test('lists accounts by customer, page by page, and no account of the house', async () => {
  const ids = Array.from({ length: 5 }, () => randomName('zz-listed'))
  for (const customerId of ids) await payment.createAccount({ customerId, currency: 'GBP' })
  const found: string[] = []
  let cursor = ''
  do {
    const page = await payment.listAccounts({ pageSize: 2, cursor })
    assert.ok(page.accounts.length <= 2)
    found.push(...page.accounts.map(({ customerId }) => customerId))
    cursor = page.nextCursor
  } while (cursor !== '')
  assert.ok(!found.includes(''))
  assert.equal(new Set(found).size, found.length)
  assert.deepEqual(found.filter((id) => id.startsWith('zz-listed')).sort(), [...ids].sort())
  await assert.rejects(payment.listAccounts({ cursor: 'x' }), refusal(Code.InvalidArgument, /cursor/))
})
