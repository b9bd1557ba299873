import { afterEach, describe, expect, it } from '@jest/globals'
import { asNobody, startTestGateway, type TestGateway } from '#api/testing/fixtures.ts'
import { about, ensure } from '#platform/testing/expect.ts'

let gateway: TestGateway
afterEach(() => gateway.stop())

const workflowsUrl = 'http://127.0.0.1:8233/namespaces/default/workflows'

async function open(url: string | undefined, accept = 'text/html,application/xhtml+xml,*/*;q=0.8') {
  gateway = await startTestGateway({ workflowsUrl: url })
  const response = await fetch(gateway.url, { headers: { Accept: accept } })
  return { response, page: await response.text() }
}

describe('GET /', () => {
  it('says to a person what this is, and links the docs and views of the Web UI', async () => {
    const { response, page } = await open(workflowsUrl)
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type') ?? '').toMatch(/^text\/html/)
    expect(page).toMatch(/Order fulfilment as durable workflows/)
    const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link.replaceAll('&amp;', '&'))
    for (const path of ['/docs/', '/openapi.json', '/ready']) {
      ensure(links.includes(path), path)
      await about(path, async () => expect((await fetch(`${gateway.url}${path}`)).status).not.toBe(404))
    }
    const [stuck] = links.filter((link) => link.startsWith(`${workflowsUrl}?`))
    const { searchParams } = new URL(stuck ?? '')
    expect(searchParams.get('query')).toBe('StuckStep IS NOT NULL')
    expect(searchParams.get('savedQuery')).toBe('orders that are stuck')
  })

  it('has no script, and a policy that lets none in', async () => {
    const { response, page } = await open(workflowsUrl)
    expect(page).not.toMatch(/<script|javascript:|\son\w+=/i)
    const policy = response.headers.get('Content-Security-Policy') ?? ''
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(policy).not.toMatch(/unsafe|script-src/)
  })

  it('names no Web UI where none is known, and cannot be led astray by its address', async () => {
    expect((await open(undefined)).page).not.toMatch(/Web UI/)
    await gateway.stop()
    expect((await open('http://a/"><script>')).page).not.toMatch(/<script>/)
  })

  it('is an unknown address to a program that wants JSON', async () => {
    gateway = await startTestGateway({ workflowsUrl })
    const response = await fetch(gateway.url, { headers: { Accept: 'application/json' } })
    expect(response.status).toBe(404)
    expect(response.headers.get('Content-Type') ?? '').toMatch(/problem\+json/)
    const { status } = await gateway.send('POST', '/', { by: asNobody })
    expect(status === 404 || status === 405).toBeTruthy()
  })
})
