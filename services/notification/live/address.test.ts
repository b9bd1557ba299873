import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { it } from 'node:test'
import { addressOf } from './address.ts'

const seen = (remoteAddress: string, said?: string) =>
  addressOf({
    headers: said === undefined ? {} : { 'x-forwarded-for': said },
    socket: { remoteAddress } as Socket,
  })

it('a connection through the gateway is of whoever the gateway says, and no other’s word is taken', () => {
  assert.equal(seen('127.0.0.1'), '127.0.0.1')
  assert.equal(seen('::ffff:10.1.2.3', '203.0.113.7'), '203.0.113.7')
  assert.equal(seen('172.18.0.5', '6.6.6.6, 2001:db8::1'), '2001:db8::1')
  assert.equal(seen('fd00::1', '203.0.113.7'), '203.0.113.7')
  assert.equal(seen('198.51.100.9', '203.0.113.7'), '198.51.100.9')
  assert.equal(seen('127.0.0.1', 'somebody'), '127.0.0.1')
})
