import type { Socket } from 'node:net'
import { expect, it } from '@jest/globals'
import { addressOf } from './address.ts'

const seen = (remoteAddress: string, said?: string) =>
  addressOf({
    headers: said === undefined ? {} : { 'x-forwarded-for': said },
    socket: { remoteAddress } as Socket,
  })

it('a connection through the gateway is of whoever the gateway says, and no other’s word is taken', () => {
  expect(seen('127.0.0.1')).toBe('127.0.0.1')
  expect(seen('::ffff:10.1.2.3', '203.0.113.7')).toBe('203.0.113.7')
  expect(seen('172.18.0.5', '6.6.6.6, 2001:db8::1')).toBe('2001:db8::1')
  expect(seen('fd00::1', '203.0.113.7')).toBe('203.0.113.7')
  expect(seen('198.51.100.9', '203.0.113.7')).toBe('198.51.100.9')
  expect(seen('127.0.0.1', 'somebody')).toBe('127.0.0.1')
})
