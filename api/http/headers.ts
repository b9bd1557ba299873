import type { IncomingMessage } from 'node:http'
import cors from 'cors'
import type { Express, NextFunction, Request, Response } from 'express'
import helmet from 'helmet'

/** Security headers for the API and for the documentation page, whose own styles are inline. */
export const securityHeaders = () =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Whoever ends TLS in front of the gateway says it.
    strictTransportSecurity: false,
  })

const READABLE = [
  'Idempotency-Replayed',
  'Location',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'Trace-Id',
]

/** Lets pages of these origins call the API. Tokens come in a header, never in cookies, so there are no credentials. */
export function allowOrigins(origins: string[]) {
  const allow = cors({
    origin: origins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'traceparent'],
    exposedHeaders: READABLE,
    maxAge: 3_600,
  })
  // An OPTIONS that is no preflight asks which methods an address takes, and is answered there.
  return (request: Request, response: Response, next: NextFunction): void =>
    request.get('Origin') === undefined || asksMethods(request) ? next() : allow(request, response, next)
}

const asksMethods = (request: Request): boolean =>
  request.method === 'OPTIONS' && request.get('Access-Control-Request-Method') === undefined

/** Where a request comes from that Express does not see, such as an upgrade: as `request.ip` would say it. */
export function addressBehind(app: Express): (request: IncomingMessage) => string {
  return ({ headers, socket }) => {
    const isBelieved = app.get('trust proxy fn') as (address: string, hop: number) => boolean
    const said = [headers['x-forwarded-for'] ?? []].flat().join().split(',').reverse()
    const way = [socket.remoteAddress ?? 'unknown', ...said.map((one) => one.trim()).filter(Boolean)]
    return way.find((address, hop) => !isBelieved(address, hop)) ?? way.at(-1) ?? 'unknown'
  }
}

/** How many proxies stand in front (a number), or which are trusted (addresses, subnets, `loopback`), comma separated. */
export function trustProxy(app: Express, proxies: string | undefined): void {
  if (proxies !== undefined) app.set('trust proxy', /^\d+$/.test(proxies) ? Number(proxies) : proxies)
}
