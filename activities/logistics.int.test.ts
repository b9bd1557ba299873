import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createClient } from '@connectrpc/connect'
import { LogisticsService } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { closeRpcTransports, type RpcServer, rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { silent } from '#platform/testing/fixtures.ts'
import { createLogisticsActivities } from './logistics.ts'

let courier: RpcServer
const heard: string[] = []

before(async () => {
  courier = await serveRpc({
    port: 0,
    logger: silent,
    routes: (router) =>
      router.service(LogisticsService, {
        recallShipment: ({ shipmentId }, { requestHeader }) => {
          heard.push(`${shipmentId} ${requestHeader.get('traceparent')}`)
          return shipmentId === 'home' ? { recalled: true } : { recalled: false, status: shipmentId }
        },
      }),
  })
})
after(async () => {
  closeRpcTransports()
  await courier.stop()
})

test('asks the courier for a parcel, who gives it back or says what stands in the way', async () => {
  const client = createClient(LogisticsService, rpcTransport(`http://127.0.0.1:${courier.port}`))
  const { recallShipment } = createLogisticsActivities({ client, logger: silent })
  const traceparent = newTraceparent()
  const recall = (shipmentId: string) => recallShipment({ orderId: 'o1', shipmentId, traceparent })
  assert.deepEqual(await recall('home'), { kind: 'recalled' })
  assert.deepEqual(await recall('lost'), { kind: 'refused', status: 'lost' })
  assert.deepEqual(await recall('delivered'), { kind: 'refused', status: 'delivered' })
  await assert.rejects(recall('eaten'), /keeps shipment eaten because it is "eaten"/)
  assert.equal(heard[0], `home ${traceparent}`)
})
