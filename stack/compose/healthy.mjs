// For the health checks: exits 0 when the address answers 200 within 2 s, otherwise says why and exits 1. http:// speaks
// HTTP/1, h2c:// the cleartext HTTP/2 of a gRPC port.
import { connect } from 'node:http2'

const MAY_TAKE = 2_000

const [address = ''] = process.argv.slice(2)
setTimeout(() => say(`no answer within ${MAY_TAKE} ms`), MAY_TAKE)
try {
  const { status, body } = await (address.startsWith('h2c:') ? askHttp2(address) : askHttp1(address))
  if (status === 200) process.exit(0)
  say(`${status} ${body}`)
} catch (error) {
  say(error.cause?.message ?? error.message)
}

function say(why) {
  console.error(`${address}: ${why}`)
  process.exit(1)
}

async function askHttp1(url) {
  const answer = await fetch(url)
  return { status: answer.status, body: await answer.text() }
}

function askHttp2(url) {
  const { host, pathname } = new URL(url.replace('h2c:', 'http:'))
  return new Promise((resolve, reject) => {
    const session = connect(`http://${host}`).on('error', reject)
    const request = session.request({ ':path': pathname }).setEncoding('utf8').on('error', reject)
    let status
    let body = ''
    request.on('response', (headers) => (status = headers[':status']))
    request.on('data', (text) => (body += text))
    request.on('end', () => resolve({ status, body }))
  })
}
