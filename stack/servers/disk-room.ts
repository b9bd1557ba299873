import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '../say.ts'

/** What an empty system takes is some 300 MB, and an order some 100 kB; in bytes. */
const NEEDED = 1_000_000_000

/** Throws one line when one of the folders, or where it will be made, has too little room. */
export async function haveRoom(folders: readonly string[], needed = NEEDED): Promise<void> {
  for (const folder of folders) {
    const { bavail, bsize } = await statfs(existing(folder))
    const free = bavail * bsize
    if (free < needed) {
      throw new UserError(
        `the disk of ${folder} is full: ${inMegabytes(free)} are free, ${inMegabytes(needed)} are needed`,
      )
    }
  }
}

const existing = (folder: string): string => (existsSync(folder) ? folder : existing(dirname(folder)))
const inMegabytes = (bytes: number) => `${Math.floor(bytes / 1e6)} MB`

/** In one line what happened, if the reason is a full disk: Node's own fault, or one that Postgres tells. */
export function fullDisk(error: unknown): string | undefined {
  const { message = '', code, path } = (error ?? {}) as { message?: string; code?: string; path?: string }
  if (code !== 'ENOSPC' && code !== '53100' && !/No space left on device/.test(message)) return undefined
  const lines = message.split('\n')
  const line = lines.find((one) => one.includes('No space left')) ?? lines[0]
  return `the disk${path ? ` of ${path}` : ''} is full: ${line}; npm start needs ${inMegabytes(NEEDED)} at least`
}
