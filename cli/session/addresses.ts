import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { reasonOf } from '#platform/process/logger.ts'
import { Failure } from '../text/failure.ts'

/** Where `npm start` keeps what it has. */
export const stackFolder = resolve(process.env.ORDER_SAGA_STACK || join(import.meta.dirname, '../../.stack'))

const Variables = z.record(z.string(), z.string())

/** What the running `npm start` wrote to `env.json` in its folder; nothing when none has run here. */
export function stackAddresses(folder: string): Record<string, string> {
  const file = join(folder, 'env.json')
  if (!existsSync(file)) return {}
  try {
    return Variables.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new Failure('usage', `${file} is not what "npm start" writes: ${reasonOf(error)}`, { cause: error })
  }
}

/** The stack's secrets are for the stack: whether an address is that of its own gateway, which listens on loopback alone. */
export function isStackGateway(url: string, { GATEWAY_URL: own }: Record<string, string>): boolean {
  if (own === undefined || !URL.canParse(own) || !URL.canParse(url)) return false
  const { origin, hostname } = new URL(url)
  return origin === new URL(own).origin && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
