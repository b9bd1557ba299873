import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { LogisticsService } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { TRACEPARENT } from '#platform/messaging/messages.ts'
import { continuedTrace } from '#platform/process/trace.ts'
import type { Courier } from './courier.ts'

/** The courier's own door. */
export const logisticsRoutes = (courier: Courier) => (router: ConnectRouter) =>
  router.service(LogisticsService, {
    recallShipment: async ({ shipmentId, orderId }, { requestHeader }) => {
      if (shipmentId === '' || orderId === '') {
        throw new ConnectError('shipment_id and order_id are needed', Code.InvalidArgument)
      }
      const traceparent = continuedTrace(requestHeader.get(TRACEPARENT))
      const answer = await courier.recall({ shipmentId, orderId, traceparent })
      return answer.kind === 'recalled'
        ? { recalled: true, status: '' }
        : { recalled: false, status: answer.status }
    },
  })
