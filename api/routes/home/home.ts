import { createHash } from 'node:crypto'
import type { RequestHandler } from 'express'

/** What the Web UI's list of workflows shows: the links keep a view of that name in the browser. */
const views = {
  'orders that are stuck': 'StuckStep IS NOT NULL',
  'orders that wait for their customer': "OrderStatus = 'awaiting_customer'",
  'orders on their way': "OrderStatus = 'shipping'",
}

const style = `
body { font: 1.05rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; color: #1d2b36; background: #fdfdfb; }
code { background: #eef1ef; padding: .1em .35em; border-radius: .25em; }
li { margin: .4em 0; }
`

/**
 * The first address that a person tries: what this is, and where to go. It has no script, and asks nobody anything.
 * `workflowsUrl` is the Web UI's list of workflows, where there is one.
 */
export function createHome(workflowsUrl: string | undefined): RequestHandler {
  const page = pageFor(workflowsUrl)
  const styleHash = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  return (request, response, next) => {
    // A program that wants JSON has the wrong address.
    if (!request.accepts('html')) return next()
    response.set('Content-Security-Policy', policy).type('html').send(page)
  }
}

const pageFor = (workflowsUrl: string | undefined) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>order-saga</title>
<style>${style}</style>
<h1>order-saga</h1>
<p>Order fulfilment as durable workflows: reserve stock, charge the account, hand off to logistics, follow the parcel, and undo
everything in reverse when it must be. This is its API, for programs.</p>
<ul>
<li><a href="/docs/">The API's documentation</a>, where every request can be tried; <a href="/openapi.json">as OpenAPI</a>.</li>
${workflowsUrl === undefined ? '' : uiLinks(workflowsUrl)}<li><a href="/ready">Whether everything that it needs answers</a>.</li>
</ul>
<h2>The next step</h2>
<p>Sign in and place an order: “Follow one order” in the project's <code>README.md</code>. Or in a terminal, in the project's folder:</p>
<ul>
<li><code>npx order-saga orders list</code>, then <code>npx order-saga orders show &lt;id&gt;</code></li>
<li>in containers: <code>docker compose run --rm cli orders list</code></li>
</ul>
</html>
`

const uiLinks = (workflowsUrl: string) =>
  `<li><a href="${attribute(workflowsUrl)}">Temporal's Web UI</a>, where each order is a workflow: ${Object.entries(
    views,
  )
    .map(([name, query]) => `<a href="${attribute(viewUrl(workflowsUrl, name, query))}">${name}</a>`)
    .join(', ')}.</li>
`

function viewUrl(workflowsUrl: string, name: string, query: string): string {
  const url = new URL(workflowsUrl)
  url.search = new URLSearchParams({ query, savedQuery: name }).toString()
  return url.href
}

const attribute = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
