import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { asNobody, startTestGateway, type TestGateway } from '#api/testing/fixtures.ts'

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
    assert.equal(response.status, 200)
    assert.match(response.headers.get('Content-Type') ?? '', /^text\/html/)
    assert.match(page, /Order fulfilment as durable workflows/)
    const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link.replaceAll('&amp;', '&'))
    for (const path of ['/docs/', '/openapi.json', '/ready']) {
      assert.ok(links.includes(path), path)
      assert.notEqual((await fetch(`${gateway.url}${path}`)).status, 404, path)
    }
    const [stuck] = links.filter((link) => link.startsWith(`${workflowsUrl}?`))
    const { searchParams } = new URL(stuck ?? '')
    assert.equal(searchParams.get('query'), 'StuckStep IS NOT NULL')
    assert.equal(searchParams.get('savedQuery'), 'orders that are stuck')
  })

  it('has no script, and a policy that lets none in', async () => {
    const { response, page } = await open(workflowsUrl)
    assert.doesNotMatch(page, /<script|javascript:|\son\w+=/i)
    const policy = response.headers.get('Content-Security-Policy') ?? ''
    assert.match(policy, /^default-src 'none'; style-src 'sha256-/)
    assert.doesNotMatch(policy, /unsafe|script-src/)
  })

  it('names no Web UI where none is known, and cannot be led astray by its address', async () => {
    assert.doesNotMatch((await open(undefined)).page, /Web UI/)
    await gateway.stop()
    assert.doesNotMatch((await open('http://a/"><script>')).page, /<script>/)
  })

  it('is an unknown address to a program that wants JSON', async () => {
    gateway = await startTestGateway({ workflowsUrl })
    const response = await fetch(gateway.url, { headers: { Accept: 'application/json' } })
    assert.equal(response.status, 404)
    assert.match(response.headers.get('Content-Type') ?? '', /problem\+json/)
    const { status } = await gateway.send('POST', '/', { by: asNobody })
    assert.ok(status === 404 || status === 405)
  })
})
