import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { reasonOf } from '#platform/logger.ts'
import { Failure } from './failure.ts'

export const projectFolder = join(import.meta.dirname, '..')

const Variables = z.record(z.string(), z.string())

/** The environment, filled up with what the running `npm start` wrote to `.stack/env.json`. */
export function withStackAddresses(env: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv {
  const file = join(folder, '.stack', 'env.json')
  if (!existsSync(file)) return env
  try {
    return { ...Variables.parse(JSON.parse(readFileSync(file, 'utf8'))), ...env }
  } catch (error) {
    throw new Failure('usage', `${file} is not what "npm start" writes: ${reasonOf(error)}`, { cause: error })
  }
}
