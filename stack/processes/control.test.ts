import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createControl } from '#clients/control/control.ts'
import { serveControl } from './control.ts'

describe('the control of a demonstration', () => {
  let stopped: [string, number][] = []
  let control: Awaited<ReturnType<typeof serveControl>>
  beforeEach(async () => {
    stopped = []
    control = await serveControl((service, ms) => {
      if (service === 'nobody') return 'unknown'
      if (stopped.some(([name]) => name === service)) return 'stopped'
      stopped.push([service, ms])
      return undefined
    })
  })
  afterEach(() => control.stop())

  it('stops a process for a while, and says when it cannot', async () => {
    const { stop } = createControl(control)
    expect(await stop('inventory', 30)).toBeUndefined()
    expect(await stop('inventory', 30)).toBe('stopped')
    expect(await stop('nobody', 30)).toBe('unknown')
    expect(stopped).toStrictEqual([['inventory', 30_000]])
  })

  it('does nothing without its token, and nothing but that', async () => {
    const post = (path: string, body: string, token = control.token) =>
      fetch(control.url + path, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body })
    const asked = JSON.stringify({ service: 'inventory', seconds: 30 })
    expect((await post('/stop', asked, control.token.replace(/./, 'x'))).status).toBe(401)
    expect((await post('/stop', asked, '')).status).toBe(401)
    expect((await fetch(`${control.url}/stop`)).status).toBe(401)
    expect((await post('/start', asked)).status).toBe(404)
    for (const wrong of [
      '{',
      '{}',
      JSON.stringify({ service: 'inventory', seconds: 121 }),
      'x'.repeat(5_000),
    ])
      expect((await post('/stop', wrong)).status).toBe(400)
    expect(stopped).toStrictEqual([])
  })
})
