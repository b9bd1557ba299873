import type { ShardAddress } from '#platform/shards/shards.ts'

export type Endpoint = Pick<ShardAddress, 'host' | 'port'>

/** A shard of a service, and everywhere where it can be reached. */
export type ShardEntry = { service: string; name: string; addresses: Endpoint[] }

export const ENTRIES_IN_WORDS =
  'service/database@host:port,host:port; and so on, such as order/order_1@127.0.0.1:5433,127.0.0.2:5433'

const ENTRY = /^([\w-]+)\/([\w-]+)@(.+)$/
const ADDRESS = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i

/** The entries of DISCOVERY_SHARDS, with `;` between them; or what is wrong with which of them. */
export function parseEntries(text: string): { entries: ShardEntry[]; problems: string[] } {
  const problems: string[] = []
  const texts = text
    .split(';')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  const entries = texts.flatMap((entry, i) => {
    const read = readEntry(entry)
    if (typeof read !== 'string') return [read]
    problems.push(`entry ${i + 1}, "${entry}", ${read}`)
    return []
  })
  if (texts.length === 0) problems.push('there is none')
  const ids = entries.map(({ service, name }) => `${service}/${name}`)
  const twice = new Set(ids.filter((id, i) => ids.indexOf(id) !== i))
  return { entries, problems: [...problems, ...[...twice].map((id) => `${id} is duplicated`)] }
}

/** What is wrong with it when it cannot be read. */
function readEntry(text: string): ShardEntry | string {
  const [, service, name, list = ''] = ENTRY.exec(text) ?? []
  if (!service || !name) return 'is not service/database@host:port'
  const texts = list.split(',').map((address) => address.trim())
  const addresses = texts.map(readAddress)
  const wrong = texts.find((_, i) => !addresses[i])
  if (wrong !== undefined) return `has an address "${wrong}", which is not host:port`
  return { service, name, addresses: addresses.filter((address) => address !== undefined) }
}

function readAddress(text: string): Endpoint | undefined {
  const [, six, name, digits] = ADDRESS.exec(text) ?? []
  const host = six ?? name
  const port = Number(digits)
  return host && port > 0 && port <= 65_535 ? { host, port } : undefined
}
