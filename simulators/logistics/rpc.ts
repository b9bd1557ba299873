import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { courierStepLongest } from '#contracts/limits.ts'
import { CourierService, LogisticsService } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { refuseIfAny } from '#platform/grpc/refusals.ts'
import { TRACEPARENT } from '#platform/messaging/messages.ts'
import type { Logger } from '#platform/process/logger.ts'
import { continuedTrace } from '#platform/process/trace.ts'
import { isWhole, wholeInWords } from '#platform/values/checks.ts'
import type { Courier } from './courier.ts'
import type { Habits } from './rules.ts'

type Told = Pick<Habits, 'lose' | 'duplicate' | 'shuffle' | 'delay' | 'step'>

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

/** What a courier of a demonstration may be told. */
export const courierRoutes = (courier: Courier, logger: Logger) => (router: ConnectRouter) =>
  router.service(CourierService, {
    getHabits: () => ({ habits: told(courier.habits) }),
    putHabits: ({ habits }) => {
      refuseIfAny(habits ? problemsOf(habits) : ['habits: must be given'])
      if (habits) courier.behave(told(habits))
      logger.info(told(courier.habits), 'works as it was told to from now on')
      return { habits: told(courier.habits) }
    },
  })

const told = ({ lose, duplicate, shuffle, delay, step }: Told) => ({ lose, duplicate, shuffle, delay, step })

function problemsOf(habits: Told): string[] {
  const { step, ...shares } = told(habits)
  const noShares = Object.entries(shares).filter(([, share]) => !(share >= 0 && share <= 1))
  return [
    ...noShares.map(([name]) => `${name}: must be a share from 0 to 1`),
    ...(isWhole(step, 1, courierStepLongest) ? [] : [`step: must be ${wholeInWords(1, courierStepLongest)}`]),
  ]
}
