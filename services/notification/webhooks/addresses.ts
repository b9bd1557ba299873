import { maxUrlLength } from '#contracts/limits.ts'

/** An origin, or of a loopback address any port: `https://partner.example`, `http://127.0.0.1:*`. */
export const allowedForm = /^https?:\/\/[^/@?#\s]+$/

/** Undefined when nothing is wrong: a webhook goes to http(s) addresses of the allowed origins, without credentials. */
export function addressProblem(address: string, allowed: readonly string[]): string | undefined {
  if (address.length > maxUrlLength) return `url: must have at most ${maxUrlLength} characters`
  if (!URL.canParse(address)) return 'url: must be an absolute URL'
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'url: must begin with https:// or http://'
  if (url.username !== '' || url.password !== '') return 'url: must not have a user or a password in it'
  const isAllowed = allowed.some((origin) => origin === url.origin || origin === anyPort(url))
  return isAllowed ? undefined : `url: ${url.origin} is not among the addresses that webhooks may go to`
}

const anyPort = (url: URL) => `${url.protocol}//${url.hostname}:*`
