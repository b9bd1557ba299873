import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** Where the gateway is: it says in X-Forwarded-For whose connection it passes on. From elsewhere that is a claim. */
const inside = new BlockList()
for (const [net, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  inside.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
] as const)
  inside.addSubnet(net, prefix, 'ipv6')

/** The network address that a connection comes from. */
export function addressOf({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): string {
  const peer = plain(socket.remoteAddress ?? '')
  const said = plain([headers['x-forwarded-for'] ?? []].flat().join().split(',').at(-1)?.trim() ?? '')
  return isIP(said) !== 0 && isInside(peer) ? said : peer
}

const isInside = (address: string) =>
  isIP(address) !== 0 && inside.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** ::ffff:127.0.0.1 is 127.0.0.1. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '')
