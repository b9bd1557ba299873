import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exampleCustomer } from '#api/routes/customers/customer-views.ts'
import { exampleCsv } from '#api/routes/orders/order-table.ts'
import { exampleDelivery, exampleWebhook } from '#api/routes/webhooks/webhook-views.ts'
import { against, ok, refused, run } from '../fixtures.ts'

const mail = {
  id: 'm1',
  orderId: 'o1',
  customerId: '17850',
  template: 'order_completed',
  recipient: 'ada@example.com',
  subject: 'Your order has arrived',
  text: 'Dear Ada,\n\nit is there.\n',
  at: '2010-12-01T08:31:00.000Z',
}

describe('customers show', () => {
  it('tells where parcels go', async () => {
    const { stdout, asked } = await against(() => ok(exampleCustomer), ['customers', 'show', '17850'])
    assert.equal(asked[0]?.url, '/v1/customers/17850')
    assert.match(stdout, /^customer 17850: Ada Example\n +ada@example\.com, \+44 /)
    assert.match(stdout, /home +1 High Street, London, SW1A 1AA, United Kingdom +at 51\.5, -0\.12/)
    const json = await against(() => ok(exampleCustomer), ['customers', 'show', '17850', '--json'])
    assert.deepEqual(JSON.parse(json.stdout), exampleCustomer)
  })

  it('exits 4 when there is none', async () => {
    const answer = () => refused({ problem: 'not-found', detail: 'There is no such customer.' })
    assert.equal((await against(answer, ['customers', 'show', 'x'])).exitCode, 4)
  })
})

describe('mails', () => {
  it('are shown as they were written, of one order when asked', async () => {
    const answer = () => ok({ mails: [mail], nextCursor: null })
    const { stdout, asked } = await against(answer, ['mails', '--order', 'o1'])
    assert.equal(asked[0]?.url, '/v1/mails?orderId=o1&limit=50')
    assert.equal(
      stdout,
      '2010-12-01 08:31:00  to ada@example.com  about o1\n  Your order has arrived\n    Dear Ada,\n\n    it is there.\n',
    )
  })
})

describe('webhooks', () => {
  const { webhookId } = exampleWebhook
  const { deliveryId } = exampleDelivery

  it('are listed', async () => {
    const { stdout } = await against(() => ok({ webhooks: [exampleWebhook] }), ['webhooks', 'list'])
    assert.match(stdout, /https:\/\/partner\.example\/hooks +2010-12-01 08:00:00 +order\.completed/)
  })

  it('are added with the secret told once', async () => {
    const created = () => ({ status: 201, body: { ...exampleWebhook, secret: 'whsec_x' } })
    const args = ['webhooks', 'add', exampleWebhook.url, '--events', 'order.completed,return.refunded']
    const { stdout, asked } = await against(created, args)
    assert.match(stdout, /its secret, told only here: whsec_x\n$/)
    assert.deepEqual(asked[0]?.body, {
      url: exampleWebhook.url,
      events: ['order.completed', 'return.refunded'],
    })
    const { exitCode, stderr } = await run(['webhooks', 'add', exampleWebhook.url, '--events', 'order.sold'])
    assert.equal(exitCode, 2)
    assert.match(stderr, /"order\.sold" is no event; there are order\.created, /)
  })

  it('are removed; an answer without a body is one', async () => {
    const { stdout, asked } = await against(() => ({ status: 204 }), ['webhooks', 'remove', webhookId])
    assert.deepEqual([asked[0]?.method, asked[0]?.url], ['DELETE', `/v1/webhooks/${webhookId}`])
    assert.equal(stdout, `webhook ${webhookId} is removed\n`)
  })

  it('show their deliveries, and send one again', async () => {
    const answer = () => ok({ deliveries: [exampleDelivery] })
    const { stdout } = await against(answer, ['webhooks', 'deliveries', webhookId])
    assert.match(stdout, /order\.completed .* failed +8 +2010-12-02 16:40:00 +503/)
    const sent = () => ({ status: 202, body: { webhookId, deliveryId, status: 'pending' } })
    const again = await against(sent, ['webhooks', 'redeliver', webhookId, deliveryId])
    assert.equal(again.asked[0]?.url, `/v1/webhooks/${webhookId}/deliveries/${deliveryId}/redeliver`)
    assert.equal(again.exitCode, 0)
  })
})

describe('orders export', () => {
  it('writes the filtered table as it comes', async () => {
    const args = ['orders', 'export', '--customer', '17850', '--status', 'paid,shipping', '--stuck']
    const { exitCode, stdout, asked, headers } = await against(
      () => ({ status: 200, text: exampleCsv }),
      args,
    )
    assert.equal(exitCode, 0)
    assert.equal(stdout, exampleCsv)
    assert.equal(asked[0]?.url, '/v1/orders.csv?customerId=17850&status=paid&status=shipping&stuck=true')
    assert.equal(headers[0]?.accept, 'text/csv')
  })

  it('exits as any command when it is refused, with nothing on standard output', async () => {
    const away = () => refused({ problem: 'unavailable', detail: 'away' })
    const { exitCode, stdout } = await against(away, ['orders', 'export'])
    assert.deepEqual([exitCode, stdout], [3, ''])
  })
})
