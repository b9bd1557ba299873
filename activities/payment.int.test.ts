import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createLogger } from '#platform/process/logger.ts'
import { customerWith, newCharge, partOf, startPaymentService } from '#services/payment/fixtures.ts'
import { createPaymentActivities } from './payment.ts'

let service: Awaited<ReturnType<typeof startPaymentService>>
const lines: { level: string; msg: string; orderId: string }[] = []

before(async () => {
  service = await startPaymentService()
})
after(() => service.drop())

test('a refund that is refused is an answer, no fault; nobody’s reason is in the log', async () => {
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const logger = createLogger({ process: 'payment', destination })
  const payment = createPaymentActivities({ store: service.store, logger })
  const charge = newCharge(await customerWith(service.store, 500), 500)
  await payment.chargeOrder(charge)
  const reason = 'Ada is unhappy'
  const refund = (amount: number) =>
    payment.refundOrder({ ...partOf(charge, 'staff/a', amount, 'refuse'), reason })
  assert.deepEqual(await refund(501), { kind: 'refused', refundable: 500 })
  assert.deepEqual(await refund(200), { kind: 'refunded', amount: 200 })
  assert.deepEqual(
    lines.map(({ level, msg, orderId }) => [level, msg, orderId]),
    ['charge: charged', 'refund of staff/a: refused', 'refund of staff/a: refunded'].map((msg) => [
      'info',
      msg,
      charge.orderId,
    ]),
  )
  assert.doesNotMatch(JSON.stringify(lines), /Ada/)
})
