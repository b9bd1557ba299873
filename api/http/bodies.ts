import { isUtf8 } from 'node:buffer'
import express from 'express'

/** JSON of any kind: what a route expects of it, its schema says. `limit` is in bytes, or as in `2mb`. */
export const jsonBody = (limit = '256kb') =>
  express.json({ limit, strict: false, type: ['application/json', 'application/*+json'], verify })

/** Bytes that are no UTF-8 would be taken for other characters without a word. */
function verify(_request: unknown, _response: unknown, body: Buffer, encoding: string): void {
  if (encoding !== 'utf-8' || isUtf8(body)) return
  throw Object.assign(new Error('The body is not UTF-8.'), { status: 400 })
}

export const deepest = 32

/** Whether objects and lists stand within each other beyond what any request has; recursion over them would end the stack. */
export function isTooDeep(body: unknown): boolean {
  let level = [body].filter(isNest)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === deepest) return true
    level = level.flatMap((nest) => Object.values(nest)).filter(isNest)
  }
  return false
}

const isNest = (value: unknown): value is object => typeof value === 'object' && value !== null
