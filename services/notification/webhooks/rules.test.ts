import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { webhookBodyOf } from '#contracts/views.ts'
import { newEvent } from '../fixtures.ts'
import { addressProblem, allowedForm } from './addresses.ts'
import { pauseAfter, standardPauses } from './schedule.ts'
import { isWanted, type Webhook } from './store.ts'

describe('a webhook', () => {
  const allowed = ['https://partner.example', 'http://127.0.0.1:*', 'https://other.example:8443']

  it('goes to addresses of the allowed origins', () => {
    for (const url of [
      'https://partner.example/hooks?a=1',
      'https://PARTNER.example:443/',
      'http://127.0.0.1:1234/x',
      'http://127.0.0.1/',
      'https://other.example:8443/',
    ])
      assert.equal(addressProblem(url, allowed), undefined, url)
  })

  it('goes nowhere else', () => {
    for (const url of [
      'http://partner.example/',
      'https://partner.example:444/',
      'https://partner.example.evil.example/',
      'https://partner.example@evil.example/',
      'https://user:secret@partner.example/',
      'https://127.0.0.1:1234/',
      'http://127.0.0.2:1234/',
      'http://localhost:1234/',
      'https://other.example/',
      'ftp://partner.example/',
      'file:///etc/passwd',
      '/hooks',
      '',
      `https://partner.example/${'x'.repeat(2_000)}`,
    ])
      assert.match(addressProblem(url, allowed) ?? '', /^url: /, url)
    assert.match(addressProblem('https://partner.example/', []) ?? '', /is not among/)
  })

  it('is allowed by origins, not by addresses', () => {
    for (const origin of allowed) assert.match(origin, allowedForm)
    for (const origin of ['partner.example', 'https://partner.example/', 'ftp://x', 'https://a@b'])
      assert.doesNotMatch(origin, allowedForm)
  })

  it('hears of the events that it asked for; of all when it named none', () => {
    const webhook: Webhook = { webhookId: 'w', url: '', secret: '', createdAt: '', events: [] }
    const completed = newEvent({ type: 'order.completed' })
    assert.equal(isWanted(webhook, completed), true)
    assert.equal(isWanted({ ...webhook, events: ['order.completed'] }, completed), true)
    assert.equal(isWanted({ ...webhook, events: ['order.cancelled'] }, completed), false)
  })

  it('tells nobody who did it, nor what they wrote', () => {
    const event = newEvent({ type: 'order.cancelled', status: 'cancelled', reason: 'staff', by: 'staff:ann' })
    const { orderId, customerId, at } = event
    assert.deepEqual(webhookBodyOf({ ...event, note: 'Mrs Example called' }), {
      type: 'order.cancelled',
      timestamp: at,
      data: { orderId, customerId, stream: 'order', sequence: 21, status: 'cancelled', reason: 'staff' },
    })
    const refunded = newEvent({ type: 'payment.refunded', amount: 100, reason: 'Mrs Example fell over it' })
    assert.doesNotMatch(JSON.stringify(webhookBodyOf(refunded)), /Example/)
  })

  it('is tried eight times, over about a day and a half', () => {
    const all = standardPauses.map((_, i) => pauseAfter(standardPauses, i + 1, 0) ?? 0)
    const hours = all.reduce((sum, pause) => sum + pause, 0) / 3_600_000
    assert.ok(hours > 31 && hours < 36, `${hours} hours`)
    assert.equal(pauseAfter(standardPauses, standardPauses.length + 1, 0), undefined)
  })

  it('comes back at another time than its neighbours, and not before the partner said', () => {
    assert.equal(pauseAfter([1_000], 1, 0.5), 1_050)
    assert.equal(pauseAfter([1_000], 1, 0, 60_000), 60_000)
    assert.equal(pauseAfter([1_000], 1, 0, 1e12), 86_400_000)
    assert.equal(pauseAfter([1_000], 1, 0, 10), 1_000)
  })
})
