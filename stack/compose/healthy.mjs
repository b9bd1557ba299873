// For the health checks: exits 0 when something listens at the port, or answers 200 at the address.
import { connect } from 'node:net'

const [where = ''] = process.argv.slice(2)
const well = /^\d+$/.test(where) ? await listens(Number(where)) : await answers(where)
process.exit(well ? 0 : 1)

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.setTimeout(2_000, () => resolve(false))
  })
}

const answers = (url) =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  )
