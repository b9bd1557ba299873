import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Express, RequestHandler } from 'express'
import sirv from 'sirv'
import { refuseOtherMethods } from './methods.ts'

const A_YEAR = 31_536_000

/** The addresses of pages; what they show is decided in the browser. */
const pages = ['/', '/shop', '/shop/{*page}', '/console', '/console/{*page}']
const files = ['/assets/{*file}', '/favicon.svg']

export const isBuilt = (folder: string): boolean => existsSync(join(folder, 'index.html'))

/**
 * The shop and the staff console, as `npm run build:web` made them. What an asset's name says of its content holds for
 * ever; the page that names the assets is asked for each time.
 */
export function registerWeb(app: Express, folder: string): void {
  const serve = sirv(folder, {
    brotli: true,
    gzip: true,
    etag: true,
    maxAge: A_YEAR,
    immutable: true,
    setHeaders: (response, path) => {
      if (!path.startsWith('/assets/')) response.setHeader('Cache-Control', 'no-cache')
    },
  })
  const servePage: RequestHandler = (request, response, next) => {
    // A program that wants JSON has the wrong address.
    if (!request.accepts('html')) return next()
    request.url = '/index.html'
    serve(request, response, next)
  }
  for (const path of pages) {
    app.get(path, servePage)
    refuseOtherMethods(app, path, ['GET'])
  }
  for (const path of files) {
    app.get(path, serve)
    refuseOtherMethods(app, path, ['GET'])
  }
}
