import type { Client } from '@connectrpc/connect'
import type { LogisticsActivities } from '#contracts/logistics.ts'
import type { LogisticsService } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { TRACEPARENT } from '#platform/messaging/messages.ts'
import type { Logger } from '#platform/process/logger.ts'
import { traceIdOf } from '#platform/process/trace.ts'

type Dependencies = { client: Pick<Client<typeof LogisticsService>, 'recallShipment'>; logger: Logger }

/** The courier as workflows reach it. */
export function createLogisticsActivities({ client, logger }: Dependencies): LogisticsActivities {
  return {
    recallShipment: async ({ orderId, shipmentId, traceparent }) => {
      const headers = { [TRACEPARENT]: traceparent }
      const { recalled, status } = await client.recallShipment({ orderId, shipmentId }, { headers })
      logger.info({ orderId, traceId: traceIdOf(traceparent), shipmentId, recalled, status }, 'recall')
      if (recalled) return { kind: 'recalled' }
      if (status === 'delivered' || status === 'lost') return { kind: 'refused', status }
      throw new Error(`the courier keeps shipment ${shipmentId} because it is "${status}"`)
    },
  }
}
