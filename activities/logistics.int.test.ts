import { createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { LogisticsService } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { closeRpcTransports, type RpcServer, rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { silent } from '#platform/testing/fixtures.ts'
import { createLogisticsActivities } from './logistics.ts'

let courier: RpcServer
const heard: string[] = []

beforeAll(async () => {
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
afterAll(async () => {
  closeRpcTransports()
  await courier.stop()
})

test('asks the courier for a parcel, who gives it back or says what stands in the way', async () => {
  const client = createClient(LogisticsService, rpcTransport(`http://127.0.0.1:${courier.port}`))
  const { recallShipment } = createLogisticsActivities({ client, logger: silent })
  const traceparent = newTraceparent()
  const recall = (shipmentId: string) => recallShipment({ orderId: 'o1', shipmentId, traceparent })
  expect(await recall('home')).toStrictEqual({ kind: 'recalled' })
  expect(await recall('lost')).toStrictEqual({ kind: 'refused', status: 'lost' })
  expect(await recall('delivered')).toStrictEqual({ kind: 'refused', status: 'delivered' })
  await expect(recall('eaten')).rejects.toThrow(/keeps shipment eaten because it is "eaten"/)
  expect(heard[0]).toBe(`home ${traceparent}`)
})
