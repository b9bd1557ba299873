import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect'
import { CustomerService } from '#generated/proto/customer/v1/customer_pb.ts'
import { closeRpcTransports, rpcTransport } from '#platform/rpc.ts'
import { createTestDatabase, silent } from '#platform/testing.ts'
import { aCustomer } from '#services/customer/testing.ts'
import { startCustomer } from '#workers/customer.ts'
import { createCustomerDirectory } from './customer.ts'

test('the customer process takes customers in, and the directory finds them there', async (t) => {
  const server = await createTestDatabase('customer')
  t.after(() => server.drop())
  const context = { logger: silent, signal: new AbortController().signal }
  const running = await startCustomer(context, { CUSTOMER_DATABASE_URL: server.url, CUSTOMER_RPC_PORT: 0 })
  const client = createClient(CustomerService, rpcTransport(`http://127.0.0.1:${running.port}`))
  const directory = createCustomerDirectory({ client })

  const { customerId, address, place, ...contact } = aCustomer('17850')
  const message = { customerId, ...contact, address: { ...address, ...place } }
  const { added, changed } = await client.putCustomers({ customers: [message] })
  assert.deepEqual({ added, changed }, { added: 1, changed: 0 })
  assert.deepEqual(await directory.find('17850'), { ...contact, address, place })
  assert.equal(await directory.find('17851'), undefined)
  assert.equal(await directory.find('no id\u0000'), undefined)
  await refusesWhatIsWrong(client)

  await running.stop()
  await assert.rejects(directory.find('17850'), ConnectError)
  closeRpcTransports()
})

async function refusesWhatIsWrong(client: Client<typeof CustomerService>) {
  const { customerId } = aCustomer('17852')
  await assert.rejects(client.putCustomers({ customers: [{ customerId }] }), (error: ConnectError) => {
    assert.equal(error.code, Code.InvalidArgument)
    assert.equal(error.rawMessage, 'customers[0].address: is missing')
    return true
  })
  const wrong = Array.from({ length: 500 }, () => ({ customerId, address: { latitude: 91 } }))
  await assert.rejects(client.putCustomers({ customers: wrong }), (error: ConnectError) => {
    assert.equal(error.code, Code.InvalidArgument)
    assert.match(
      error.rawMessage,
      /customers\[0\]\.address\.latitude: must be from -90 to 90 degrees;.* more$/,
    )
    return true
  })
}
