import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import type { Sent } from '#services/notification/webhooks/send.ts'
import { startWebhookWorld, type WebhookWorld } from '#tests/support/webhook.ts'

const hour = 3_600_000
const taken: Sent = { kind: 'taken', answer: '204' }
const refused: Sent = { kind: 'refused', answer: '503' }

describe('a webhook delivery', () => {
  let world: WebhookWorld
  /** What the partner under this address answers: the last for ever. */
  const answers = new Map<string, Sent[]>()
  const postedTo: string[] = []
  beforeAll(async () => {
    const send = async ({ url, deliveryId }: { url: string; deliveryId: string }) => {
      postedTo.push(`${url} ${deliveryId}`)
      const left = answers.get(url) ?? []
      return (left.length > 1 ? left.shift() : left[0]) ?? taken
    }
    world = await startWebhookWorld({ server: 'time-skipping', send })
  })
  afterAll(() => world.stop())

  let partners = 0
  async function partner(...script: Sent[]) {
    const webhook = await world.webhook({ url: `https://partner.example/${++partners}` })
    answers.set(webhook.url, script)
    return webhook
  }
  const latest = { limit: 1, after: undefined, status: undefined }
  const logOf = async (webhookId: string) =>
    (await world.store.listDeliveries(webhookId, latest)).deliveries[0]

  /** How long it took by the server's clock, in ms; that clock runs on to the next timer once nobody waits. */
  async function lasted(handle: Awaited<ReturnType<WebhookWorld['deliver']>>) {
    const { startTime, closeTime } = await handle.describe()
    return (closeTime?.getTime() ?? 0) - startTime.getTime()
  }

  it('that is taken is done', async () => {
    const webhook = await partner(taken)
    const handle = await world.deliver(webhook)
    expect(await handle.result()).toStrictEqual({ status: 'delivered', attempts: 1, lastAnswer: '204' })
    const log = await logOf(webhook.webhookId)
    expect([log?.status, log?.attempts, log?.lastAnswer]).toStrictEqual(['delivered', 1, '204'])
  })

  it('that is refused comes again after 5 s, then 5 min, in one activity', async () => {
    const webhook = await partner(refused, refused, taken)
    const handle = await world.deliver(webhook)
    expect(await handle.result()).toStrictEqual({ status: 'delivered', attempts: 3, lastAnswer: '204' })
    const seconds = (await lasted(handle)) / 1_000
    ensure(seconds >= 305 && seconds < 400, `${seconds} s`)
    const { events } = await handle.fetchHistory()
    console.log(`a delivery: ${events?.length} events, however often it is tried`)
    expect(events?.length).toBe(11)
  })

  it('is given up after eight attempts and a day and a half, and can be sent again by hand', async () => {
    const webhook = await partner(refused)
    const handle = await world.deliver(webhook)
    expect(await handle.result()).toStrictEqual({ status: 'failed', attempts: 8, lastAnswer: '503' })
    const hours = (await lasted(handle)) / hour
    ensure(hours > 31 && hours < 36, `${hours} hours`)
    const log = await logOf(webhook.webhookId)
    ensure(log)
    expect([log.status, log.attempts]).toStrictEqual(['failed', 8])

    answers.set(webhook.url, [taken])
    const { webhookId, deliveryId } = log
    const request = { webhookId, deliveryId, attemptFrom: 8, traceparent: '' }
    expect(await world.workflows.deliver(request, 'a repeat of the event')).toBe('known')
    expect(await world.workflows.redeliver(request, 'by hand')).toBe('started')
    expect(await world.handle(webhookId, deliveryId).result()).toStrictEqual({
      status: 'delivered',
      attempts: 9,
      lastAnswer: '204',
    })
    expect(new Set(postedTo.filter((line) => line.startsWith(webhook.url))).size).toBe(1)
  })

  it('waits as long as the partner says', async () => {
    const webhook = await partner({ ...refused, retryAfter: 2 * hour }, taken)
    const handle = await world.deliver(webhook)
    await handle.result()
    const hours = (await lasted(handle)) / hour
    ensure(hours >= 2 && hours < 2.1, `${hours} hours`)
  })

  it('ends at once when the address is gone, and so it does when the webhook is', async () => {
    const gone = await world.deliver(await partner({ kind: 'gone', answer: '410' }))
    expect(await gone.result()).toStrictEqual({ status: 'failed', attempts: 1, lastAnswer: '410' })

    const removed = await partner(refused)
    const handle = await world.deliver(removed)
    await until('it was tried', async () => (await logOf(removed.webhookId))?.attempts === 1)
    await world.store.remove(removed.webhookId)
    const outcome = await handle.result()
    expect([outcome.status, outcome.lastAnswer]).toStrictEqual(['failed', 'the webhook was deleted'])
  })

  it('goes nowhere when the configuration no longer allows the address', async () => {
    const elsewhere = await world.webhook({ url: 'https://elsewhere.example/' })
    const { status, lastAnswer, attempts } = await (await world.deliver(elsewhere)).result()
    expect([status, attempts]).toStrictEqual(['failed', 0])
    expect(lastAnswer).toMatch(/not among the addresses/)
    expect(postedTo.some((line) => line.includes('elsewhere'))).toBe(false)
  })

  it('is refused by hand while it is still being tried, and is over when it is cancelled', async () => {
    const webhook = await partner(refused)
    const handle = await world.deliver(webhook)
    await until('it was tried', async () => (await logOf(webhook.webhookId))?.attempts === 1)
    const log = await logOf(webhook.webhookId)
    ensure(log)
    const request = { ...webhook, deliveryId: log.deliveryId, attemptFrom: 1, traceparent: '' }
    expect(await world.workflows.redeliver(request, 'by hand')).toBe('running')
    await handle.cancel()
    expect((await handle.result()).status).toBe('failed')
    expect((await logOf(webhook.webhookId))?.status).toBe('failed')
  })
})
