import { describe, expect, it } from '@jest/globals'
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
    expect(asked[0]?.url).toBe('/v1/customers/17850')
    expect(stdout).toMatch(/^customer 17850: Ada Example\n +ada@example\.com, \+44 /)
    expect(stdout).toMatch(/home +1 High Street, London, SW1A 1AA, United Kingdom +at 51\.5, -0\.12/)
    const json = await against(() => ok(exampleCustomer), ['customers', 'show', '17850', '--json'])
    expect(JSON.parse(json.stdout)).toStrictEqual(exampleCustomer)
  })

  it('exits 4 when there is none', async () => {
    const answer = () => refused({ problem: 'not-found', detail: 'There is no such customer.' })
    expect((await against(answer, ['customers', 'show', 'x'])).exitCode).toBe(4)
  })
})

describe('mails', () => {
  it('are shown as they were written, of one order when asked', async () => {
    const answer = () => ok({ mails: [mail], nextCursor: null })
    const { stdout, asked } = await against(answer, ['mails', '--order', 'o1'])
    expect(asked[0]?.url).toBe('/v1/mails?orderId=o1&limit=50')
    expect(stdout).toBe(
      '2010-12-01 08:31:00  to ada@example.com  about o1\n  Your order has arrived\n    Dear Ada,\n\n    it is there.\n',
    )
  })
})

describe('webhooks', () => {
  const { webhookId } = exampleWebhook
  const { deliveryId } = exampleDelivery

  it('are listed', async () => {
    const { stdout } = await against(() => ok({ webhooks: [exampleWebhook] }), ['webhooks', 'list'])
    expect(stdout).toMatch(/https:\/\/partner\.example\/hooks +2010-12-01 08:00:00 +order\.completed/)
  })

  it('are added with the secret told once', async () => {
    const created = () => ({ status: 201, body: { ...exampleWebhook, secret: 'whsec_x' } })
    const args = ['webhooks', 'add', exampleWebhook.url, '--events', 'order.completed,return.refunded']
    const { stdout, asked } = await against(created, args)
    expect(stdout).toMatch(/its secret, told only here: whsec_x\n$/)
    expect(asked[0]?.body).toStrictEqual({
      url: exampleWebhook.url,
      events: ['order.completed', 'return.refunded'],
    })
    const { exitCode, stderr } = await run(['webhooks', 'add', exampleWebhook.url, '--events', 'order.sold'])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/"order\.sold" is no event; there are order\.created, /)
  })

  it('are removed; an answer without a body is one', async () => {
    const { stdout, asked } = await against(() => ({ status: 204 }), ['webhooks', 'remove', webhookId])
    expect([asked[0]?.method, asked[0]?.url]).toStrictEqual(['DELETE', `/v1/webhooks/${webhookId}`])
    expect(stdout).toBe(`webhook ${webhookId} is removed\n`)
  })

  it('show their deliveries, and send one again', async () => {
    const answer = () => ok({ deliveries: [exampleDelivery] })
    const { stdout } = await against(answer, ['webhooks', 'deliveries', webhookId])
    expect(stdout).toMatch(/order\.completed .* failed +8 +2010-12-02 16:40:00 +503/)
    const sent = () => ({ status: 202, body: { webhookId, deliveryId, status: 'pending' } })
    const again = await against(sent, ['webhooks', 'redeliver', webhookId, deliveryId])
    expect(again.asked[0]?.url).toBe(`/v1/webhooks/${webhookId}/deliveries/${deliveryId}/redeliver`)
    expect(again.exitCode).toBe(0)
  })
})

describe('orders export', () => {
  it('writes the filtered table as it comes', async () => {
    const args = ['orders', 'export', '--customer', '17850', '--status', 'paid,shipping', '--stuck']
    const { exitCode, stdout, asked, headers } = await against(
      () => ({ status: 200, text: exampleCsv }),
      args,
    )
    expect(exitCode).toBe(0)
    expect(stdout).toBe(exampleCsv)
    expect(asked[0]?.url).toBe('/v1/orders.csv?customerId=17850&status=paid&status=shipping&stuck=true')
    expect(headers[0]?.accept).toBe('text/csv')
  })

  it('exits as any command when it is refused, with nothing on standard output', async () => {
    const away = () => refused({ problem: 'unavailable', detail: 'away' })
    const { exitCode, stdout } = await against(away, ['orders', 'export'])
    expect([exitCode, stdout]).toStrictEqual([3, ''])
  })
})
