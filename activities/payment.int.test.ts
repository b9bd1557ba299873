import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createLogger } from '#platform/process/logger.ts'
import { customerWith, newCharge, partOf, startPaymentService } from '#services/payment/fixtures.ts'
import { createPaymentActivities } from './payment.ts'

let service: Awaited<ReturnType<typeof startPaymentService>>
const lines: { level: string; msg: string; orderId: string }[] = []

beforeAll(async () => {
  service = await startPaymentService()
})
afterAll(() => service.drop())

test('a refund that is refused is an answer, no fault; nobody’s reason is in the log', async () => {
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const logger = createLogger({ process: 'payment', destination })
  const payment = createPaymentActivities({ store: service.store, logger })
  const charge = newCharge(await customerWith(service.store, 500), 500)
  await payment.chargeOrder(charge)
  const reason = 'Ada is unhappy'
  const refund = (amount: number) =>
    payment.refundOrder({ ...partOf(charge, 'staff/a', amount, 'refuse'), reason })
  expect(await refund(501)).toStrictEqual({ kind: 'refused', refundable: 500 })
  expect(await refund(200)).toStrictEqual({ kind: 'refunded', amount: 200 })
  expect(lines.map(({ level, msg, orderId }) => [level, msg, orderId])).toStrictEqual(
    ['charge: charged', 'refund of staff/a: refused', 'refund of staff/a: refunded'].map((msg) => [
      'info',
      msg,
      charge.orderId,
    ]),
  )
  expect(JSON.stringify(lines)).not.toMatch(/Ada/)
})
