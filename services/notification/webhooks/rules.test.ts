import { describe, expect, it } from '@jest/globals'
import { webhookBodyOf } from '#contracts/views.ts'
import { about, ensure } from '#platform/testing/expect.ts'
import { newEvent } from '../fixtures.ts'
import { addressProblem, allowedForm } from './addresses.ts'
import { pauseAfter, standardPauses } from './schedule.ts'
import { rotated, secretsAt } from './secrets.ts'
import { isWanted, type Webhook } from './store.ts'

const unchanged = { paused: false, oldSecrets: [], rotation: '' }

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
      about(url, () => expect(addressProblem(url, allowed)).toBeUndefined())
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
      about(url, () => expect(addressProblem(url, allowed) ?? '').toMatch(/^url: /))
    expect(addressProblem('https://partner.example/', []) ?? '').toMatch(/is not among/)
  })

  it('is allowed by origins, not by addresses', () => {
    for (const origin of allowed) expect(origin).toMatch(allowedForm)
    for (const origin of ['partner.example', 'https://partner.example/', 'ftp://x', 'https://a@b'])
      expect(origin).not.toMatch(allowedForm)
  })

  it('hears of the events that it asked for; of all when it named none', () => {
    const webhook: Webhook = { webhookId: 'w', url: '', secret: '', createdAt: '', events: [], ...unchanged }
    const completed = newEvent({ type: 'order.completed' })
    expect(isWanted(webhook, completed)).toBe(true)
    expect(isWanted({ ...webhook, events: ['order.completed'] }, completed)).toBe(true)
    expect(isWanted({ ...webhook, events: ['order.cancelled'] }, completed)).toBe(false)
    expect(isWanted({ ...webhook, paused: true }, completed)).toBe(false)
  })

  it('signs with its old secrets, too, for 24 h, of which there are no more than four', () => {
    const at = (hours: number) => new Date(Date.UTC(2026, 0, 1, hours))
    let webhook: Webhook = { webhookId: 'w', url: '', secret: 's0', createdAt: '', events: [], ...unchanged }
    for (const n of [1, 2, 3, 4]) webhook = rotated(webhook, `r${n}`, `s${n}`, at(n)) ?? webhook
    expect(secretsAt(webhook, at(5))).toStrictEqual(['s4', 's3', 's2', 's1', 's0'])
    expect(rotated(webhook, 'r5', 's5', at(5))).toBeUndefined()
    expect(rotated(webhook, 'r4', 's5', at(5))).toBe(webhook)
    expect(secretsAt(webhook, at(25))).toStrictEqual(['s4', 's3', 's2', 's1'])
    const later = rotated(webhook, 'r5', 's5', at(27))
    expect(later && secretsAt(later, at(27))).toStrictEqual(['s5', 's4', 's3'])
  })

  it('tells nobody who did it, nor what they wrote', () => {
    const event = newEvent({ type: 'order.cancelled', status: 'cancelled', reason: 'staff', by: 'staff:ann' })
    const { orderId, customerId, at } = event
    expect(webhookBodyOf({ ...event, note: 'Mrs Example called' })).toStrictEqual({
      type: 'order.cancelled',
      timestamp: at,
      data: { orderId, customerId, stream: 'order', sequence: 21, status: 'cancelled', reason: 'staff' },
    })
    const refunded = newEvent({ type: 'payment.refunded', amount: 100, reason: 'Mrs Example fell over it' })
    expect(JSON.stringify(webhookBodyOf(refunded))).not.toMatch(/Example/)
  })

  it('is tried eight times, over about a day and a half', () => {
    const all = standardPauses.map((_, i) => pauseAfter(standardPauses, i + 1, 0) ?? 0)
    const hours = all.reduce((sum, pause) => sum + pause, 0) / 3_600_000
    ensure(hours > 31 && hours < 36, `${hours} hours`)
    expect(pauseAfter(standardPauses, standardPauses.length + 1, 0)).toBeUndefined()
  })

  it('comes back at another time than its neighbours, and not before the partner said', () => {
    expect(pauseAfter([1_000], 1, 0.5)).toBe(1_050)
    expect(pauseAfter([1_000], 1, 0, 60_000)).toBe(60_000)
    expect(pauseAfter([1_000], 1, 0, 1e12)).toBe(86_400_000)
    expect(pauseAfter([1_000], 1, 0, 10)).toBe(1_000)
  })
})
